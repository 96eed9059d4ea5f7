"""Tasks about words: the small English (`grammar`), words said twice, little stories, English and French."""

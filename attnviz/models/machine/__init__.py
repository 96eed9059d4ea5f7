"""The machine that models run on: its devices, its temporary files, and libraries that say no more than is asked."""

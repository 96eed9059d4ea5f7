"""What a lesson can refer to, how that is written, and what comes out when it is measured."""

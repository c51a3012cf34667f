"""The leaderboard as one self-contained HTML page, from tables and what is known of their rows."""

"""The files that grading ends in: grade book, platforms' CSV, workbook, Gradescope's results and autograder."""

"""Generated stores and measurements of the budgets; see README.md beside this file."""

"""The one place where the roles meet: plan, run pairs, keep, compare, judge, decide, conclude."""

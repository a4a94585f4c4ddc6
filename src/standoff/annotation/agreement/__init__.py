"""How far coders agree: coefficients with intervals, finding apart from classifying."""

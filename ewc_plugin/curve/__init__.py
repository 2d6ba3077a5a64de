"""How much does more data help? One recipe trained on growing beginnings of its data, and a curve through the losses.

`sizes` says which beginnings and whether the recipe has such, `points` makes a stage of each, `measured` reads what
they left, `power_law` fits, `verdict` says what follows, `page`, `picture` and `told` show it, `command` does it all.
"""

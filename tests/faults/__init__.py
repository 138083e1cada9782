"""Nothing is lost: the suite under faults, a recorder of what was promised, and a checker of what is there.

Read in this order: `recorder`, `workload` and `crowd` (who asks for promises), `proxy`, `servers`, `stage` (what is
faulted), `menu` (the faults), `situation` (what is there afterwards), `databases` and `observe` (how that is known),
`checks` (promise against fact), `harness` (all in turn).
"""

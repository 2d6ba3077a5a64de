"""How are several stages run one after the other? Each through llamafactory-cli, and none that is finished already.

`recipes` reads what was asked for, `chain` checks that the stages fit together, `examining` asks the host and the
records of earlier runs (in a process of its own, which imports torch), `decisions` says what is to be done and why,
`mixtures` builds, `process` starts and ends programs, `nodes` keeps several machines in step, `command` does it all.
"""

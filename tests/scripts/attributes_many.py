# Attributes beyond those that lie in the instance itself keep their values alive through young collections.
import gc


class Plain:
    pass


def fill(count):
    thing = Plain()
    for n in range(count):
        setattr(thing, f"attribute_{n}", [n])
    return thing


things = [fill(40) for _ in range(20)]
gc.collect()
for round in range(200):
    for n, thing in enumerate(things):
        thing.attribute_3 = [round]
        thing.attribute_39 = [round, n]
        thing.late = [thing.attribute_39]
    garbage = [[n] for n in range(2000)]
print(all(thing.attribute_3 == [199] and thing.attribute_39 == [199, n] for n, thing in enumerate(things)))
print(all(thing.late == [[199, n]] for n, thing in enumerate(things)))
print(all(getattr(thing, f"attribute_{n}") == [n] for thing in things for n in range(40) if n not in (3, 39)))

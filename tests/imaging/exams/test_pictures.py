# SPDX-License-Identifier: Apache-2.0
"""Pictures of frames, drawn once."""

from imaging_app.dicom.values import Look, Native, Picture, Reason
from imaging_app.exams.pictures import Pictures
from tests.imaging.dicom_files import many, written


class Counting:
    """A door that counts who comes."""

    def __init__(self, door) -> None:
        self.door = door
        self.count = 0

    def draw(self, *asked):
        self.count += 1
        return self.door.draw(*asked)

    def frame(self, *asked):
        return self.door.frame(*asked)


def image_of(room, outcome):
    with room.db.read() as tx:
        return room.index.image(tx, outcome.exam, outcome.image).image


def test_the_same_look_is_drawn_once(room):
    image, door = image_of(room, room.take(written(many(5)))), Counting(room.door)
    pictures = Pictures(room.store, door)
    first = pictures.look(image, Look(frame=1))
    assert isinstance(first, Picture)
    assert pictures.look(image, Look(frame=1)) is first
    assert door.count == 1
    assert pictures.look(image, Look(frame=2)) is not first
    assert door.count == 2
    assert pictures.thumbnail(image).content.startswith(b"RIFF")


def test_there_is_room_for_so_much(room):
    image, door = image_of(room, room.take(written(many(5)))), Counting(room.door)
    size = len(Pictures(room.store, door).look(image, Look(frame=0, kind="png")).content)
    pictures = Pictures(room.store, door, room=size * 10)
    for frame in (0, 1, 2, 3, 4):
        for side in (0, 4, 5):
            pictures.look(image, Look(frame=frame, side=side, kind="png"))
    assert 0 < pictures._size <= size * 10
    assert pictures._size == sum(len(one.content) for one in pictures._kept.values())
    before = door.count
    pictures.look(image, Look(frame=4, side=5, kind="png"))
    assert door.count == before
    none = Pictures(room.store, door, room=0)
    none.look(image, Look())
    assert none._kept == {}


def test_a_refusal_is_not_kept_and_what_is_gone_is_told(room):
    image, door = image_of(room, room.take(written(many(5)))), Counting(room.door)
    pictures = Pictures(room.store, door)
    for _again in range(2):
        assert pictures.look(image, Look(frame=9)).reason is Reason.NO_FRAME
    assert door.count == 2
    assert isinstance(pictures.native(image, 4), Native)
    room.store.drop(image.place)
    assert pictures.look(image, Look(frame=3)).detail == "gone"
    assert pictures.native(image, 3).detail == "gone"

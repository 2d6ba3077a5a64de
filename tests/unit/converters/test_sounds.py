"""Characters that sound alike, without tones."""

from converters.conversations.sounds import sounds_like


def test_tones_do_not_tell_characters_apart_and_southern_sounds_fall_together():
    assert sounds_like("妮", "泥")
    assert sounds_like("是", "四")
    assert sounds_like("今", "京")
    assert not sounds_like("妮", "猫")

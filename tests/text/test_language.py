"""The language of a comment is named where its letters tell it, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.language import language_of

TEXTS = {
    "ur": "کیا ہفتہ وار ٹکٹ اتوار کی رات کو بھی چلے گا؟",
    "fa": "آیا بلیت هفتگی شب یکشنبه هم معتبر است؟",
    "ar": "هل التذكرة الأسبوعية صالحة ليلة الأحد؟",
    "hi": "क्या साप्ताहिक टिकट रविवार की रात को भी चलेगा?",
    "bn": "সাপ্তাহিক টিকিট কি রবিবার রাতেও চলবে?",
    "ja": "週間乗車券は日曜の夜も使えますか。",
    "zh": "周票星期日晚上也能用吗？",
    "ko": "주간권은 일요일 밤에도 쓸 수 있나요?",
    "uk": "Чи діє тижневий квиток у неділю ввечері?",
    "ru": "Действует ли недельный билет в воскресенье вечером? Мы не знаем.",
}


@pytest.mark.parametrize("lang", TEXTS)
def test_a_language_with_letters_of_its_own_is_named(lang: str) -> None:
    assert language_of(TEXTS[lang]) == lang


@pytest.mark.parametrize(
    "text",
    [
        "Does the weekly ticket hold on Sunday night?",
        "Gilt die Wochenkarte auch am Sonntag?",
        "Важи ли седмичният билет в неделя?",
        "They call it ٹکٹ, which is simply the English word ticket in another alphabet.",
        "123 :-) https://example.org/",
        "",
    ],
)
def test_where_letters_do_not_tell_nothing_is_said(text: str) -> None:
    assert language_of(text) is None


@given(st.text(max_size=300))
def test_any_text_has_a_language_of_the_list_or_none(text: str) -> None:
    assert language_of(text) in {*TEXTS, None}

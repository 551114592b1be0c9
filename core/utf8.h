#pragma once

#include <string>
#include <string_view>

/// UTF-8 as the Unicode Standard 15.0, section 3.9, table 3-7 has it.
namespace gatescope {

enum class InvalidUtf8 { error, replace };

/// The characters of UTF-8 text, without a leading byte order mark. Overlong forms, surrogates and anything
/// above U+10FFFF are invalid. Where `on_invalid` is error, throws Error that names the origin, the byte's
/// offset and its value; where it is replace, each maximal subpart of an ill-formed sequence becomes one
/// U+FFFD (section 3.9, "U+FFFD Substitution of Maximal Subparts").
std::u32string decode_utf8(std::string_view bytes, InvalidUtf8 on_invalid, std::string_view origin);

/// The same for a part of a text, without the mark: appends the characters that the bytes begin with to
/// `text` and returns their bytes. Unless it is the last part, up to three bytes are left that may be cut
/// off; where `on_invalid` is error, it also ends before what is no character.
std::size_t append_utf8(std::string_view bytes, bool last, InvalidUtf8 on_invalid, std::u32string& text);

/// The characters of any bytes, a byte order mark among them; what is not UTF-8 becomes U+FFFD.
std::u32string all_characters(std::string_view bytes);

/// Whether all are characters below U+0080.
bool is_ascii(std::string_view bytes);

/// What Unicode never makes a character, such as U+FFFF; libraries that draw text refuse it.
bool is_noncharacter(char32_t character);

/// Throws Error that names the index of a character that is a surrogate or above U+10FFFF.
std::string encode_utf8(std::u32string_view text);
/// The same of one character.
inline std::string encode_utf8(char32_t character) {
  return encode_utf8(std::u32string_view(&character, 1));
}

/// A visible form for labels, in UTF-8: the character itself, but "⏎" for newline, "⇥" for tab, "␣" for
/// space, "⍽" for no-break space, the control pictures (U+2400 ...) for control characters, a combining mark
/// on "◌", and "U+200B" for what has no shape.
std::string display_character(char32_t character);

/// The same for all of a text that would move what follows or show nothing: newlines, tabs, other control
/// characters, and spaces, which become `space`.
std::string display_text(std::string_view text, std::string_view space = "␣");

}  // namespace gatescope

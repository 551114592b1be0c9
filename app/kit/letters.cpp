#include "app/kit/letters.h"

#include <algorithm>
#include <utility>

#include "app/kit/imgui_text.h"
#include "core/utf8.h"

namespace gatescope::ui {

bool is_wide(std::string_view character) {
  if (character.size() < 3) return false;
  const std::u32string characters = all_characters(character);
  const char32_t c = characters.front();
  const auto in = [c](char32_t from, char32_t to) { return from <= c && c <= to; };
  return characters.size() == 1 &&
         (in(0x1100, 0x115F) || in(0x2E80, 0x303E) || in(0x3041, 0xA4CF) || in(0xAC00, 0xD7A3) ||
          in(0xF900, 0xFAFF) || in(0xFE30, 0xFE6F) || in(0xFF01, 0xFF60) || in(0xFFE0, 0xFFE6) ||
          in(0x1F300, 0x1F64F) || in(0x1F680, 0x1F6FF) || in(0x1F900, 0x1FAFF) || in(0x20000, 0x3FFFD));
}

char32_t StandIns::stand_in(char32_t character) {
  if (const auto known = stand_ins_.find(character); known != stand_ins_.end()) return known->second;
  const char32_t next = first + static_cast<char32_t>(characters_.size());
  if (next > last) return 0xFFFD;
  characters_ += character;
  return stand_ins_.emplace(character, next).first->second;
}

char32_t StandIns::hide(char32_t character) {
  const bool clashes = character >= first && character <= last;
  const bool refused = character >= 0xE000 && character <= 0xF8FF;
  return clashes || refused || character > largest_ ? stand_in(character) : character;
}

char32_t StandIns::show(char32_t stand_in) const {
  const bool stands = stand_in >= first && stand_in - first < characters_.size();
  return stands ? characters_[stand_in - first] : stand_in;
}

std::string StandIns::hide(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::u32string characters = all_characters(text);
  for (char32_t& c : characters) c = hide(c);
  return encode_utf8(characters);
}

std::string StandIns::show(std::string_view text) const {
  if (is_ascii(text)) return std::string(text);
  std::u32string characters = all_characters(text);
  for (char32_t& c : characters) c = show(c);
  return encode_utf8(characters);
}

std::string StandIns::pasted(std::string_view text, bool lines) {
  std::u32string out;
  const std::u32string characters = all_characters(text);
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const char32_t c = characters[i];
    if (c == U'\r' && i + 1 < characters.size() && characters[i + 1] == U'\n') continue;
    if (c == U'\n' || c == U'\r' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0x2028 || c == 0x2029)
      out += lines ? U'\n' : U' ';
    else if (c == U'\t')
      out += lines ? hide_in_field(c) : U' ';
    else if (c >= 0x1C && c < 0x20)  // separators
      out += U' ';
    else
      out += hide(c);
  }
  return encode_utf8(out);
}

void Letters::speak(std::shared_ptr<const language::Phrases> phrases) {
  if (phrases == phrases_) return;
  phrases_ = std::move(phrases);
  told_.clear();
  untold_.clear();
}

std::string_view Letters::told(std::string_view text) {
  constexpr std::size_t most = 4096;
  if (!phrases_ || as_it_is > 0 || text.empty()) return text;
  if (const auto known = told_.find(text); known != told_.end()) return known->second;
  std::vector<std::string> unknown;
  std::string words = phrases_->told(text, look_.items ? &unknown : nullptr);
  if (told_.size() > most) told_.clear();
  // What was told and is then drawn is in the language already.
  if (words != text) told_.emplace(words, words);
  for (const std::string& each : unknown)
    if (!each.ends_with("…")) untold_.insert(each);  // else it was told before it was cut
  return told_.insert_or_assign(std::string(text), std::move(words)).first->second;
}

bool input_text(const char* label, std::string& text, ImGuiInputTextFlags flags) {
  Letters& letters = Letters::present();
  std::string field = letters.in_field(text);
  const bool done = ImGui::InputText(label, &field, flags);
  if (ImGui::IsItemActive()) letters.lines = false;
  text = letters.stand_ins.show(field);
  return done;
}

bool input_lines(const char* label, std::string& text, ImVec2 size, ImGuiInputTextFlags flags) {
  Letters& letters = Letters::present();
  std::string field = letters.in_field(text);
  const bool done = ImGui::InputTextMultiline(label, &field, size, flags);
  if (ImGui::IsItemActive()) letters.lines = true;
  text = letters.stand_ins.show(field);
  return done;
}

}  // namespace gatescope::ui

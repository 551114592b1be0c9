#include "core/task/characters.h"

#include <bit>
#include <utility>

#include "core/utf8.h"

namespace gatescope::task {

void Characters::add(std::u32string_view text) {
  hash_.add(encode_utf8(text));
  for (const char32_t c : text) {
    if (c >= number_of_.size()) number_of_.resize(std::bit_ceil(std::size_t{c} + 1), -1);
    if (number_of_[c] >= 0) continue;
    number_of_[c] = static_cast<int>(different_.size());
    different_ += c;
  }
  numbers_.append(text.size(), static_cast<int>(different_.size()) - 1,
                  [&](std::size_t k) { return number_of_[text[k]]; });
}

std::u32string Characters::text() const {
  return numbers_.visit([&](const auto& numbers) {
    std::u32string text;
    text.reserve(numbers.size());
    for (const auto n : numbers) text += different_[n];
    return text;
  });
}

Tokens Characters::take_numbers() {
  return std::exchange(*this, {}).numbers_;
}

}  // namespace gatescope::task

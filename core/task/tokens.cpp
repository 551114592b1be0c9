#include "core/task/tokens.h"

#include <algorithm>

namespace gatescope::task {

Tokens::Tokens(std::span<const int> numbers) {
  const int greatest = numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
  expect(numbers.size());
  append(numbers.size(), greatest, [&](std::size_t k) { return numbers[k]; });
}

void Tokens::expect(std::size_t count) {
  std::visit([&](auto& numbers) { numbers.reserve(count); }, numbers_);
}

void Tokens::renumber(std::span<const int> to) {
  if (to.empty()) return;
  make_room_for(*std::max_element(to.begin(), to.end()));
  std::visit(
      [&](auto& numbers) {
        using T = typename std::decay_t<decltype(numbers)>::value_type;
        for (T& n : numbers) n = static_cast<T>(to[n]);
      },
      numbers_);
}

template <class T>
void Tokens::widen() {
  std::vector<T> wide;
  std::visit(
      [&](const auto& numbers) {
        wide.reserve(numbers.capacity());
        for (const auto n : numbers) wide.push_back(static_cast<T>(n));
      },
      numbers_);
  numbers_ = std::move(wide);
}

void Tokens::make_room_for(int greatest) {
  if (greatest > 0xFFFF && numbers_.index() < 2)
    widen<std::int32_t>();
  else if (greatest > 0xFF && numbers_.index() < 1)
    widen<std::uint16_t>();
}

}  // namespace gatescope::task

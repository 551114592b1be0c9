#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace gatescope::task {

/// The numbers of a long text, each in as few bytes as the greatest takes: one for a vocabulary of up to 256,
/// two for one of up to 65,536, else four.
class Tokens {
 public:
  Tokens() = default;
  explicit Tokens(std::span<const int> numbers);

  std::size_t size() const {
    return std::visit([](const auto& numbers) { return numbers.size(); }, numbers_);
  }
  /// Makes room for so many without touching it.
  void expect(std::size_t count);
  /// Adds number(0) ... number(count - 1), none above `greatest`.
  template <class F>
  void append(std::size_t count, int greatest, F number) {
    make_room_for(greatest);
    std::visit(
        [&](auto& numbers) {
          using T = typename std::decay_t<decltype(numbers)>::value_type;
          for (std::size_t k = 0; k < count; ++k) numbers.push_back(static_cast<T>(number(k)));
        },
        numbers_);
  }
  /// Puts to[n] in the place of each n.
  void renumber(std::span<const int> to);

  /// Calls `f` with the vector of them.
  template <class F>
  decltype(auto) visit(F f) const {
    return std::visit(f, numbers_);
  }

 private:
  void make_room_for(int greatest);
  template <class T>
  void widen();

  std::variant<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::int32_t>> numbers_;
};

}  // namespace gatescope::task

#include "core/nn/cell.h"

#include <algorithm>

namespace gatescope::nn {
namespace {

template <class Range, class Fits>
int first_that(const Range& range, Fits fits) {
  const auto found = std::ranges::find_if(range, fits);
  return found == range.end() ? kNone : static_cast<int>(found - range.begin());
}

}  // namespace

std::string to_string(const Extent& extent) {
  constexpr std::string_view symbols[] = {"1", "I", "H", "N", "R", "d", "W", "(W-1)", "G", "E"};
  const auto symbol = [&](Size size) { return std::string(symbols[static_cast<std::size_t>(size)]); };
  if (extent.of == Size::one) return std::to_string(extent.times);
  std::string text = extent.times == 1 ? "" : std::to_string(extent.times) + " ";
  text += symbol(extent.of);
  if (extent.by != Size::one) text += " x " + symbol(extent.by);
  return text;
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::gate:
      return "gate";
    case Role::candidate:
      return "candidate";
    case Role::cell_state:
      return "cell state";
    case Role::hidden_state:
      return "hidden state";
    case Role::internal:
      return "internal";
  }
  return "";
}

int CellInfo::find(std::string_view symbol) const {
  return first_that(channels, [&](const Channel& channel) { return channel.symbol == symbol; });
}

int CellInfo::first(Role role) const {
  return first_that(channels, [&](const Channel& channel) { return channel.role == role; });
}

int CellInfo::memory() const {
  const int cell_state = first(Role::cell_state);
  return cell_state == kNone ? hidden() : cell_state;
}

std::vector<int> CellInfo::paths() const {
  if (has_cell_state()) return {memory(), hidden()};
  return {hidden()};
}

int CellInfo::keep_gate() const {
  return first_that(channels, [](const Channel& channel) { return channel.keeps != Share::none; });
}

const Product* CellInfo::product(int from, int to) const {
  const auto found =
      std::ranges::find_if(products, [&](const Product& p) { return p.from == from && p.to == to; });
  return found == products.end() ? nullptr : &*found;
}

int CellInfo::keep_bias() const {
  for (const Bias& bias : biases)
    if (const Channel& to = channels[bias.to];
        to.keeps == Share::value || to.gate == Gate::forget || to.root_before_keep > 0)
      return bias.to;
  return kNone;
}

int CellInfo::write_bias() const {
  for (const Bias& bias : biases)
    if (channels[bias.to].writes == Share::value) return bias.to;
  return kNone;
}

bool CellInfo::has_heads() const {
  return std::ranges::any_of(products, [&](const Product& product) { return by_heads(product); }) ||
         std::ranges::any_of(channels, [](const Channel& c) { return c.extent.of == Size::heads; });
}

std::string written(const Channel& channel, std::optional<int> number) {
  std::string text(channel.symbol);
  if (number) {
    constexpr std::string_view digits = "₀₁₂₃₄₅₆₇₈₉";
    for (const char digit : std::to_string(*number))
      text += digits.substr(3 * static_cast<std::size_t>(digit - '0'), 3);
  }
  return text + "ₜ";
}

bool CellInfo::recurrent() const {
  if (plain) return plain->recurrent();
  return std::ranges::any_of(products, [](const Product& product) { return product.from != kInput; });
}

}  // namespace gatescope::nn

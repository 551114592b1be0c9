#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The written form of an intervention, the same on the command line, in JSON and in a text field:
///
///     [LAYER.]CHANNEL[~][UNITS][@STEPS]=VALUE
///
///     f=0                       the channel f of every layer, unit and step is 0
///     o=open                    1, and `closed` is 0, or what these are of the channel: of S6's step 5 and 0
///     0.f[3,5-9]@10-20=1        layer 0, units 3 and 5 to 9, steps 10 to 20
///     1.c@10-=-0.25             from step 10 on
///     i=*0.5                    half of what the network computes
///     i=*0.5+0.1                half of it and 0.1
///     z~=*1+0.5                 0.5 more than what the activation of z gets: σ(a + 0.5), not σ(a)
///     0.o~[3]@5-9=*2            what the activation of o gets in unit 3, twice as large
///     feed@5-=own               an encoder-decoder reads what it told itself; decoder_rules.h has the rest
///
/// A pre-activation, `~`, is there for channels that are a function of one number, such as a sigmoid or tanh,
/// and is neither open nor closed. Rules on it act before those on the channel's value, whatever their order.
/// Layers, units and steps count from 0; steps from the first character of what is read: of the text in a
/// trace or a sample, of each unrolled sequence (window) in training. Values lie within a million either way.
/// Spaces may stand between the parts.
namespace gatescope::nn {

/// The `last` of a range that has no end, `10-`.
inline constexpr int kOpenEnd = std::numeric_limits<int>::max();

/// Both ends belong to it; 0 <= first <= last.
struct Range {
  int first = 0;
  int last = 0;

  bool contains(int index) const { return first <= index && index <= last; }
  bool operator==(const Range&) const = default;
};

/// Whether one of them holds the index, as rules mean it: no ranges are all there is.
inline bool covers(std::span<const Range> ranges, std::ptrdiff_t index) {
  return ranges.empty() || std::ranges::any_of(ranges, [&](const Range& range) {
           return range.contains(static_cast<int>(index));
         });
}

/// A value that is written as a word.
enum class Valve { none, closed, open };

/// used = scale*raw + shift where the rule applies, of a channel's value or of its pre-activation.
struct ForceRule {
  std::optional<int> layer;        // none: every layer
  std::string channel;             // a letter, then letters, digits and _
  std::vector<Range> units;        // empty: every unit
  std::vector<Range> steps;        // empty: every step
  double scale = 0;                // finite
  double shift = 0;                // finite
  bool before_activation = false;  // acts on what the channel's activation gets, not on its value
  Valve valve = Valve::none;       // written as a word: of each channel what it means there

  bool operator==(const ForceRule&) const = default;
};

/// What scale and shift of earlier rules become once this one acts after them.
template <class S>
void compose(const ForceRule& rule, S& scale, S& shift) {
  scale = static_cast<S>(rule.scale) * scale;
  shift = static_cast<S>(rule.scale) * shift + static_cast<S>(rule.shift);
}

/// Ranges come back sorted and merged. Throws Error that quotes the rule, names the column (from 1, in bytes)
/// and says what would be right.
ForceRule parse_force_rule(std::string_view text);

/// The canonical form: ranges sorted and merged, numbers as short as they read back the same. For every rule
/// that parse_force_rule gave, parse_force_rule(to_string(rule)) == rule.
std::string to_string(const ForceRule& rule);

/// Several at once.
std::vector<ForceRule> parse_force_rules(std::span<const std::string> texts);
std::vector<std::string> to_strings(std::span<const ForceRule> rules);
/// "f=0, i=*0.5", for people.
std::string in_words(std::span<const ForceRule> rules);

}  // namespace gatescope::nn

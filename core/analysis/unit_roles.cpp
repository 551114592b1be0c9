#include "core/analysis/unit_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "core/analysis/correlation.h"
#include "core/analysis/keeps.h"
#include "core/analysis/summary.h"
#include "core/analysis/unit_rows.h"

namespace gatescope::analysis {
namespace {

constexpr double kClearlyLess = 0.25, kClearlyRelated = 0.5;

using Series = std::vector<double>;
using Characters = std::vector<std::string>;

bool is_one_of(const std::string& character, std::string_view set) {
  return character.size() == 1 && set.find(character[0]) != std::string_view::npos;
}

bool is_letter(const std::string& character) {
  const auto first = static_cast<unsigned char>(character.empty() ? ' ' : character[0]);
  return first >= 0x80 || std::isalpha(first) != 0;
}

/// What stands at each character of a text where `next` says what follows of the number before it.
Series along(const Characters& characters,
             const std::function<double(double before, const std::string&)>& next) {
  Series series;
  double number = 0;
  for (const std::string& character : characters) series.push_back(number = next(number, character));
  return series;
}

Series depth_of_brackets(const Characters& characters) {
  return along(characters, [](double depth, const std::string& c) {
    if (c == "\n") return 0.0;
    return std::max(0.0, depth + (is_one_of(c, "([{<") ? 1 : is_one_of(c, ")]}>") ? -1 : 0));
  });
}

/// A line ends a quotation that was never closed.
Series inside_quotes(const Characters& characters) {
  return along(characters, [](double inside, const std::string& c) {
    if (c == "\n" || c == "”") return 0.0;
    if (c == "“") return 1.0;
    return c == "\"" ? 1 - inside : inside;
  });
}

Series place_in_line(const Characters& characters) {
  return along(characters, [](double place, const std::string& c) { return c == "\n" ? 0.0 : place + 1; });
}

Series place_in_word(const Characters& characters) {
  return along(characters, [](double place, const std::string& c) { return is_letter(c) ? place + 1 : 0.0; });
}

/// Whether a number falls to 0 and rises again.
bool begins_anew(const Series& series) {
  const auto fall = std::ranges::adjacent_find(series, [](double a, double b) { return a > 0 && b == 0; });
  return fall != series.end() && std::any_of(fall + 1, series.end(), [](double v) { return v > 0; });
}

class UnitFinder {
 public:
  UnitFinder(const nn::LayerTape<float>& tape, const Characters& characters)
      : tape_(tape), cell_(tape.info()), characters_(characters) {
    // A text predicts its next character: the last one is expected, not read.
    characters_.resize(std::min(characters.size(), static_cast<std::size_t>(tape.steps())));
  }

  std::vector<UnitRole> find() {
    if (std::ssize(characters_) != tape_.steps() || tape_.steps() < 2 || tape_.batch() != 1) return {};
    for (int unit = 0; unit < units(); ++unit) memories_.push_back(series(cell_.memory(), unit));
    if (keeps()) {
      for (int unit = 0; unit < units(); ++unit) kept_.push_back(kept(unit));
      closes_at("closes at spaces", "spaces", " \t");
      closes_at("closes at line ends", "line ends", "\n");
      longest_memory();
    }
    follows("counts brackets", "depth of brackets", depth_of_brackets(characters_));
    follows("follows quotes", "an open quotation", inside_quotes(characters_));
    // Where nothing begins anew it would only be the place in the text.
    const Series lines = place_in_line(characters_), words = place_in_word(characters_);
    if (begins_anew(lines)) follows("position in line", "the place in the line", lines);
    if (begins_anew(words)) follows("position in word", "the place in the word", words);
    tape_.release();
    return std::move(roles_);
  }

 private:
  /// The symbol, and the number that is looked at where a unit has several: "c", "m₀ₜ".
  std::string symbol(int channel) const {
    const nn::Channel& what = cell_.channels[channel];
    return what.one_a_unit() ? std::string(what.symbol) : nn::written(what, 0);
  }

  Series series(int channel, int unit) const {
    const auto values = tape_.values(channel);
    const Index row = tape_.row_of(channel, unit);
    Series out;
    for (Index t = 0; t < tape_.steps(); ++t) out.push_back(static_cast<double>(values(row, t)));
    return out;
  }

  /// Whether a gate of 0 to 1, one a unit at least, says which share of the memory stays.
  bool keeps() const {
    const int gate = cell_.keep_gate();
    if (gate == nn::kNone || !cell_.counts_units(gate)) return false;
    const nn::Channel& channel = cell_.channels[gate];
    return channel.low >= 0 && channel.high <= 1;
  }

  /// The share of a unit's memory that stays, step by step; NaN at the first, whose keep does not count
  /// (keeps.h).
  Series kept(int unit) const {
    const int gate = cell_.keep_gate();
    Series share = series(gate, unit);
    if (cell_.channels[gate].keeps == nn::Share::rest)
      for (double& value : share) value = 1 - value;
    for (Index n = first_keep(tape_); n-- > 0;)
      share[static_cast<std::size_t>(tape_.step(n))] = std::numeric_limits<double>::quiet_NaN();
    return share;
  }

  void closes_at(std::string_view what, std::string_view places, std::string_view set) {
    std::optional<UnitRole> best;
    for (int unit = 0; unit < units(); ++unit) {
      const Series& share = kept_[unit];
      Series there, elsewhere;
      for (std::size_t t = 0; t < share.size(); ++t)
        (is_one_of(characters_[t], set) ? there : elsewhere).push_back(share[t]);
      const double here = mean_of_finite(there), others = mean_of_finite(elsewhere);
      const double less = others - here;
      if (!(less >= kClearlyLess) || (best && less <= best->strength)) continue;
      best = {what, unit, less,
              fmt::format("keeps {:.2f} of {} at {}, {:.2f} elsewhere", here, symbol(cell_.memory()), places,
                          others)};
    }
    add(best);
  }

  void longest_memory() {
    std::vector<double> spreads;
    for (const Summary& summary : summarise_units(*UnitRows(tape_, tape_.values(cell_.memory()))))
      spreads.push_back(summary.finite > 0 ? summary.deviation : 0);
    Series sorted = spreads;
    std::sort(sorted.begin(), sorted.end());
    const double usual = sorted[sorted.size() / 2];
    double longest = 0;
    int unit_of_longest = nn::kNone;
    for (int unit = 0; unit < units(); ++unit) {
      // What never moves holds nothing.
      if (!(spreads[unit] >= 0.5 * usual) || !(usual > 0)) continue;
      MeanKeep mean;
      for (const double keep : kept_[unit]) mean.add(keep);
      const double time = mean.time_constant();
      if (time > longest) longest = time, unit_of_longest = unit;
    }
    if (unit_of_longest == nn::kNone) return;
    const auto steps = static_cast<double>(tape_.steps());
    const std::string told =
        longest > steps ? fmt::format("more than {}", tape_.steps()) : fmt::format("{:.0f}", longest);
    add(UnitRole{"longest memory", unit_of_longest, std::min(1.0, longest / steps),
                 fmt::format("{} keeps 37 % over {} steps", symbol(cell_.memory()), told)});
  }

  void follows(std::string_view what, std::string_view quantity, const Series& number) {
    std::optional<UnitRole> best;
    for (int unit = 0; unit < units(); ++unit) {
      const double r = correlation(memories_[unit], number), size = std::abs(r);
      if (!(size >= kClearlyRelated) || (best && size <= best->strength)) continue;
      best = {what, unit, size,
              fmt::format("correlation {}{:.2f} of {} with {}", r < 0 ? "−" : "", size,
                          symbol(cell_.memory()), quantity)};
    }
    add(best);
  }

  void add(const std::optional<UnitRole>& role) {
    if (role) roles_.push_back(*role);
  }

  int units() const { return static_cast<int>(tape_.hidden()); }

  const nn::LayerTape<float>& tape_;
  const nn::CellInfo& cell_;
  Characters characters_;
  std::vector<Series> memories_, kept_;  // of every unit; kept_ empty where nothing says it
  std::vector<UnitRole> roles_;
};

}  // namespace

std::vector<UnitRole> unit_roles(const nn::LayerTape<float>& tape, const Characters& characters) {
  return UnitFinder(tape, characters).find();
}

}  // namespace gatescope::analysis

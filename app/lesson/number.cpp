#include "app/lesson/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "core/analysis/gradient_lag.h"
#include "core/analysis/keeps.h"
#include "core/analysis/kept.h"
#include "core/analysis/summary.h"
#include "core/error.h"
#include "core/in_quotes.h"
#include "core/number_from_chars.h"

namespace gatescope::lesson {
namespace {

using Observation = observe::Observation<float>;
using Tape = nn::LayerTape<float>;

/// What comes behind a kind of number.
enum class Takes { nothing, channel, lag };

struct Kind {
  std::string_view words;
  Takes takes = Takes::nothing;
};

constexpr std::array<Kind, 14> kKinds{{{"mean", Takes::channel},
                                       {"size", Takes::channel},
                                       {"here", Takes::channel},
                                       {"before", Takes::channel},
                                       {"drift", Takes::channel},
                                       {"time", Takes::channel},
                                       {"left", Takes::lag},
                                       {"through memory", Takes::lag},
                                       {"memory left", Takes::nothing},
                                       {"loss", Takes::nothing},
                                       {"held out", Takes::nothing},
                                       {"updates", Takes::nothing},
                                       {"unit", Takes::nothing},
                                       {"step", Takes::nothing}}};

/// The words of a number, quoted characters in one piece with a quote before them.
std::vector<std::string> words_of(std::string_view text, std::string_view whole) {
  std::vector<std::string> words;
  for (std::size_t k = 0; k < text.size();) {
    if (text[k] == ' ') {
      ++k;
    } else if (text[k] == '"') {
      const std::size_t end = text.find('"', k + 1) == k + 1 ? text.find('"', k + 2) : text.find('"', k + 1);
      if (end == text.npos) fail("the number {} has a quote without an end", in_quotes(whole));
      words.emplace_back(text.substr(k, end - k));
      k = end + 1;
    } else {
      const std::size_t end = std::min(text.find(' ', k), text.size());
      words.emplace_back(text.substr(k, end - k));
      k = end;
    }
  }
  return words;
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view whole) : whole_(whole), words_(words_of(text, whole)) {}

  Number number() {
    Number number;
    if (words_.empty()) wrong("a number, such as mean f");
    if (is_number(words_[0])) {
      number_from_chars(words_[0].data(), words_[0].data() + words_[0].size(), number.value);
      place_ = 1;
    } else {
      const Kind& kind = kind_here();
      number.kind = kind.words;
      if (kind.takes == Takes::channel) number.channel = next("a channel, such as f");
      if (kind.takes == Takes::lag) number.lag = whole_number("a number of steps");
    }
    while (place_ < words_.size()) selector(number);
    return number;
  }

 private:
  const Kind& kind_here() {
    for (const Kind& kind : kKinds) {
      const bool two = kind.words.find(' ') != kind.words.npos;
      const std::string here =
          two && words_.size() > place_ + 1 ? words_[place_] + " " + words_[place_ + 1] : words_[place_];
      if (here != kind.words) continue;
      place_ += two ? 2 : 1;
      return kind;
    }
    std::string all;
    for (const Kind& kind : kKinds) all += (all.empty() ? "" : ", ") + std::string(kind.words);
    wrong("a number, or one of " + all);
  }

  void selector(Number& number) {
    const std::string word = next("a word");
    if (word == "natural") {
      number.natural = true;
    } else if (word == "of") {
      const std::string what = next("unit, model, chosen or a channel");
      if (what == "chosen")
        number.chosen_unit = true;
      else if (what == "unit")
        number.unit = whole_number("a unit's number");
      else if (what == "model")
        number.model = whole_number("a model's number, from 1") - 1;
      else if (number.channel.empty())
        number.channel = what;
      else
        wrong("of unit N, of model N or of chosen");
      if (number.model && *number.model < 0) wrong("a model's number, from 1");
    } else if (word == "at") {
      const std::string what = next("a step, steps such as 3-9, or chosen");
      if (what == "chosen")
        number.chosen_step = true;
      else
        steps(number, what);
    } else if (word == "after" || word == "not") {
      number.not_after = word == "not";
      if (number.not_after && next("after") != "after") wrong("not after and a character in quotes");
      const std::string character = next("a character in quotes");
      if (character.size() < 2 || character[0] != '"') wrong("a character in quotes");
      number.after = character.substr(1);
    } else {
      wrong("of, at, after, not after or natural in place of " + in_quotes(word));
    }
  }

  void steps(Number& number, const std::string& what) {
    const std::size_t dash = what.find('-');
    number.first = whole(what.substr(0, dash));
    number.last = dash == what.npos ? number.first : whole(what.substr(dash + 1));
    if (!number.first || !number.last || *number.first > *number.last)
      wrong("a step, steps such as 3-9, or chosen");
  }

  static std::optional<int> whole(std::string_view text) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || value < 0 || value > (1 << 24)) return {};
    return value;
  }
  int whole_number(const std::string& expected) {
    const auto value = whole(next(expected));
    if (!value) wrong(expected);
    return *value;
  }
  std::string next(const std::string& expected) {
    if (place_ >= words_.size()) wrong(expected + " at its end");
    return words_[place_++];
  }
  [[noreturn]] void wrong(const std::string& expected) const {
    fail("the number {} does not read, expected {}", in_quotes(whole_), expected);
  }

  std::string_view whole_;
  std::vector<std::string> words_;
  std::size_t place_ = 0;
};

/// Where '/' or '-' stands between spaces, outside quotes.
std::optional<std::size_t> sign_in(std::string_view text) {
  bool quoted = false;
  for (std::size_t k = 0; k + 2 < text.size(); ++k) {
    if (text[k] == '"') quoted = !quoted;
    if (!quoted && text[k] == ' ' && (text[k + 1] == '/' || text[k + 1] == '-') && text[k + 2] == ' ')
      return k + 1;
  }
  return {};
}

/// Measures one number.
class Measuring {
 public:
  Measuring(const Number& number, const ui::Workbench& bench) : number_(number), bench_(bench) {}

  std::optional<double> value() const {
    const session::Snapshot& now = bench_.shown().now();
    const ui::ViewState& view = bench_.shown().view();
    if (number_.kind == "constant") return number_.value;
    if (number_.kind == "updates") return static_cast<double>(now.shown_update.value_or(now.updates));
    if (number_.kind == "step") return view.step;
    if (number_.kind == "unit") return view.unit ? std::optional<double>(*view.unit) : std::nullopt;
    const std::size_t model = number_.model ? static_cast<std::size_t>(*number_.model) : view.model;
    if (number_.kind == "held out") {
      if (model >= now.models.size() || !now.models[model].held_out) return {};
      return *now.models[model].held_out * now.outcome->factor;
    }
    if (!now.readings || model >= now.readings->observations.size()) return {};
    const Observation& seen = now.readings->observations[model];
    if (!seen.sequence) return {};
    if (number_.kind == "loss") return loss(seen);
    const bool of_one_loss = number_.kind == "left" || number_.kind == "through memory";
    if (!of_one_loss) return of_tape(seen);
    if (model >= now.readings->at_step.size()) return {};
    return of_gradient(now.readings->at_step[model]);
  }

 private:
  analysis::Run run(const Observation& seen) const {
    return number_.natural && seen.natural ? analysis::Run::natural : analysis::Run::in_force;
  }

  std::optional<double> loss(const Observation& seen) const {
    if (!number_.first) return analysis::mean_score(seen, run(seen));
    const auto scores = analysis::scores(seen, run(seen));
    double sum = 0;
    int count = 0;
    for (int t = *number_.first; t <= *number_.last && t < std::ssize(*scores); ++t)
      if (std::isfinite((*scores)[t])) sum += (*scores)[t], ++count;
    return count > 0 ? std::optional(sum / count) : std::nullopt;
  }

  analysis::Series series(int channel, analysis::Run of) const {
    const ui::ViewState& view = bench_.shown().view();
    return {view.layer, view.backward, channel, of};
  }

  const Tape* tape(const Observation& seen) const {
    const ui::ViewState& view = bench_.shown().view();
    return seen.tape(analysis::trace_of(seen, run(seen)),
                     observe::tape_name(seen.network->spec(), view.layer, view.backward));
  }

  std::optional<double> of_tape(const Observation& seen) const {
    const Tape* tape = this->tape(seen);
    if (!tape) return {};
    if (number_.kind == "memory left") {
      const auto old = analysis::old_memory(seen, series(tape->info().memory(), run(seen)));
      return *old ? std::optional((*old)->left(seen.steps())) : std::nullopt;
    }
    const int channel = tape->info().find(number_.channel);
    if (channel == nn::kNone) return {};
    if (number_.kind == "drift") {
      const auto unit = chosen_unit();
      return unit ? analysis::relative_step(seen, series(channel, run(seen)), seen.steps(), *unit)
                  : analysis::relative_step(seen, series(channel, run(seen)), seen.steps());
    }
    return over_steps(seen, *tape, channel);
  }

  std::optional<int> chosen_unit() const {
    const bool here = number_.kind == "here" || number_.kind == "before" || number_.chosen_unit;
    return here ? bench_.shown().view().unit : number_.unit;
  }

  /// Whether a step counts.
  bool counts(const Observation& seen, Index t) const {
    const int chosen = bench_.shown().view().step;
    if (number_.kind == "before") return t == chosen - 1;
    if (number_.kind == "here" || number_.chosen_step) return t == chosen;
    if (number_.first && (t < *number_.first || t > *number_.last)) return false;
    return number_.after.empty() || (seen.read(t) == number_.after) != number_.not_after;
  }

  std::optional<double> over_steps(const Observation& seen, const Tape& tape, int channel) const {
    const auto values = tape.values(channel);
    const auto unit = chosen_unit();
    if ((number_.kind == "here" || number_.kind == "before" || number_.chosen_unit) && !unit) return {};
    if (unit && *unit >= tape.hidden()) return {};
    if (number_.kind == "before" && bench_.shown().view().step == 0) return 0;
    const Index from = number_.kind == "time" ? analysis::kFirstKeep : 0;
    analysis::MeanKeep keep;
    double sum = 0;
    Index count = 0;
    for (Index t = from; t < tape.steps(); ++t) {
      if (!counts(seen, t)) continue;
      for (Index row = 0; row < values.rows(); ++row) {
        if (unit && row != tape.row_of(channel, *unit)) continue;
        const double value = static_cast<double>(values(row, t));
        if (!std::isfinite(value)) continue;
        if (number_.kind == "time") keep.add(value);
        sum += number_.kind == "size" ? std::abs(value) : value;
        ++count;
      }
    }
    if (count == 0) return {};
    return number_.kind == "time" ? keep.time_constant() : sum / static_cast<double>(count);
  }

  std::optional<double> of_gradient(const Observation& seen) const {
    const Tape* tape = seen.sequence ? this->tape(seen) : nullptr;
    if (!tape) return {};
    const auto from = analysis::loss_step(seen, run(seen));
    if (!from) return {};
    const std::size_t lag = static_cast<std::size_t>(number_.lag);
    if (number_.kind == "through memory") {
      const auto path = analysis::keep_path(seen, series(tape->info().memory(), run(seen)), *from);
      return lag < path->share.size() ? std::optional(path->share[lag]) : std::nullopt;
    }
    const int channel = number_.channel.empty() ? tape->info().hidden() : tape->info().find(number_.channel);
    if (channel == nn::kNone) return {};
    const auto lags = analysis::gradient_lags(seen, series(channel, run(seen)), *from);
    if (lag >= lags->norms.size()) return {};
    return lags->norms[lag] / analysis::reference_of(lags->norms);
  }

  const Number& number_;
  const ui::Workbench& bench_;
};

}  // namespace

Quantity parse_quantity(std::string_view text) {
  Quantity quantity{.text = std::string(text), .first = {}};
  const auto sign = sign_in(text);
  quantity.first = Parser(text.substr(0, sign.value_or(text.size())), text).number();
  if (!sign) return quantity;
  quantity.sign = text[*sign];
  quantity.second = Parser(text.substr(*sign + 1), text).number();
  return quantity;
}

std::optional<double> measured(const Quantity& quantity, const ui::Workbench& bench) {
  std::optional<double> value = Measuring(quantity.first, bench).value();
  if (value && quantity.sign != 0) {
    const std::optional<double> second = Measuring(quantity.second, bench).value();
    if (!second) return {};
    value = quantity.sign == '/' ? *value / *second : *value - *second;
  }
  if (value && !std::isfinite(*value)) value.reset();
  return value;
}

bool is_settled(const ui::Workbench& bench) {
  const session::Probe& wanted = bench.editor().document().probe;
  const session::Readings* readings = bench.shown().readings();
  if (bench.editor().opening() || bench.files().loading() || !readings) return false;
  return readings->probe.rules == wanted.rules && readings->probe.sequence == wanted.sequence &&
         (wanted.text.empty() || readings->probe.text == wanted.text) &&
         (!ui::wants_one_loss(bench.shown().view()) || !readings->at_step.empty());
}

}  // namespace gatescope::lesson

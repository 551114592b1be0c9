#include "core/observe/given_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/number_from_chars.h"

namespace gatescope::observe {
namespace {

using Numbers = std::vector<double>;

/// The double that a person would write for it: 0.1F is 0.1.
double as_written(float value) {
  const std::string text = fmt::format("{}", value);
  double number = value;
  number_from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Rows of `height` numbers each; those of steps at which nothing is expected stay empty.
std::vector<Numbers> rows_of(const std::vector<float>& values, Index height, const Pair* expecting) {
  std::vector<Numbers> rows;
  const auto size = static_cast<std::size_t>(height);
  for (std::size_t from = 0; from + size <= values.size(); from += size) {
    Numbers& row = rows.emplace_back();
    if (expecting && !expecting->expects(std::ssize(rows) - 1)) continue;
    for (const float value : std::span(values).subspan(from, size)) row.push_back(as_written(value));
  }
  return rows;
}

std::string count(Index number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

/// A step's numbers, behind those of the steps before it.
void append(const Numbers& row, Index height, Index step, std::string_view what, std::string_view name,
            std::vector<float>& to) {
  if (std::ssize(row) != height)
    fail("step {} of the sequence has {} that {}, but {} {} {}", step, count(std::ssize(row), "value"), what,
         name, what == "go in" ? "reads" : "gives", height);
  for (const double value : row) to.push_back(static_cast<float>(value));
}

void take_characters(const GivenSequence& given, const Alphabet& alphabet, std::string_view name,
                     Pair& pair) {
  for (const std::string& character : given.characters) {
    const auto found = std::ranges::find(alphabet.inputs, character);
    if (found == alphabet.inputs.end())
      fail("the sequence has {} at step {}, which {} does not know", in_quotes(character), pair.tokens.size(),
           name);
    pair.tokens.push_back(static_cast<int>(found - alphabet.inputs.begin()));
  }
}

void take_classes(const GivenSequence& given, const nn::Interface& interface, std::string_view name,
                  Pair& pair) {
  if (!given.expected.empty())
    fail("the sequence expects values, but {} tells classes: expected a class, or nothing, after a step",
         name);
  if (!given.classes.empty() && std::ssize(given.classes) != interface.outputs)
    fail("the sequence has {} classes, but {} names {}", given.classes.size(), name, interface.outputs);
  pair.targets = given.labels;
  if (pair.targets.empty()) pair.targets.assign(static_cast<std::size_t>(given.steps()), -1);
}

void take_expected(const GivenSequence& given, const nn::Interface& interface, std::string_view name,
                   Pair& pair) {
  if (std::ranges::any_of(given.labels, [](int label) { return label >= 0; }))
    fail("the sequence expects classes, but {} gives {}", name, count(interface.outputs, "value"));
  const Numbers nothing(static_cast<std::size_t>(interface.outputs));
  for (const Numbers& row : given.expected) {
    append(row.empty() ? nothing : row, interface.outputs, std::ssize(pair.expected), "should come out", name,
           pair.target_values);
    pair.expected.push_back(!row.empty());
  }
}

// --- As text ----------------------------------------------------------------------------------------------

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t from = text.find_first_not_of(blanks);
  return from == text.npos ? std::string_view() : text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

/// Where what is expected begins; npos: nothing is.
std::size_t bar_in(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\\')
      ++at;
    else if (line[at] == '|')
      return at;
  }
  return line.npos;
}

constexpr std::pair<char, char> kEscapes[] = {{' ', 's'},  {'\n', 'n'}, {'\t', 't'},
                                              {'\r', 'r'}, {'|', '|'},  {'\\', '\\'}};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto* found = std::ranges::find(kEscapes, c, [](const auto& pair) { return pair.first; });
    if (found != std::end(kEscapes))
      out += {'\\', found->second};
    else
      out += c;
  }
  return out;
}

/// One line of it, with its place for errors.
struct Line {
  std::string_view origin;
  int number = 0;

  std::string unescaped(std::string_view text) const {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] != '\\') {
        out += text[at];
        continue;
      }
      const char next = ++at < text.size() ? text[at] : '\0';
      const auto* found = std::ranges::find(kEscapes, next, [](const auto& pair) { return pair.second; });
      if (found == std::end(kEscapes)) reject(text, "a backslash before s, n, t, r, | or another backslash");
      out += found->first;
    }
    return out;
  }

  Numbers numbers(std::string_view text, Index height, std::string_view what) const {
    const std::string expected = fmt::format("{} {}", count(height, "number"), what);
    Numbers row;
    while (true) {
      const std::size_t from = text.find_first_not_of(" \t,;");
      if (from == text.npos) break;
      text.remove_prefix(from);
      const std::string_view word = text.substr(0, text.find_first_of(" \t,;"));
      double value = 0;
      const auto [end, code] = number_from_chars(word.data(), word.data() + word.size(), value);
      if (code != std::errc() || end != word.data() + word.size() ||
          !(std::abs(value) <= std::numeric_limits<float>::max()))
        reject(word, expected);
      row.push_back(value);
      text.remove_prefix(word.size());
    }
    if (std::ssize(row) != height)
      fail("{}: line {} has {}, expected {}", origin, number, count(std::ssize(row), "number"), expected);
    return row;
  }

  [[noreturn]] void reject(std::string_view found, std::string_view expected) const {
    fail("{}: line {} has {}, expected {}", origin, number, in_quotes(found), expected);
  }
};

/// What there is to choose from, for people.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 12;
  std::string list;
  for (std::size_t k = 0; k < names.size() && k < kMost; ++k)
    list += (k > 0 ? ", " : "") + escaped(printable(names[k]));
  return names.size() > kMost ? list + ", ..." : list;
}

std::string in_words(const Numbers& row) {
  std::string text;
  for (const double value : row) text += fmt::format("{}{}", text.empty() ? "" : " ", value);
  return text;
}

std::vector<Numbers> read_rows(JsonReader& reader, std::string_view key, Index steps, bool may_be_empty) {
  const std::string expected =
      fmt::format("an array of arrays of numbers{}{}", steps > 0 ? fmt::format(", {} of them", steps) : "",
                  may_be_empty ? "; an empty one where nothing is expected" : ", each as long as the first");
  const nlohmann::json* found = reader.find(key);
  if (!found) return {};
  if (!found->is_array() || found->size() > std::size_t{kMostGivenSteps} ||
      (steps > 0 && std::ssize(*found) != steps))
    reader.reject(key, expected);
  std::vector<Numbers> rows;
  std::size_t height = 0;
  for (const nlohmann::json& row : *found) {
    if (!row.is_array() || (row.empty() && !may_be_empty)) reader.reject(key, expected);
    Numbers& numbers = rows.emplace_back();
    for (const nlohmann::json& value : row) {
      if (!value.is_number() || !(std::abs(value.get<double>()) <= std::numeric_limits<float>::max()))
        reader.reject(key, expected);
      numbers.push_back(value.get<double>());
    }
    if (height == 0) height = numbers.size();
    if (!numbers.empty() && numbers.size() != height) reader.reject(key, expected);
  }
  return rows;
}

void read_labels(JsonReader& reader, GivenSequence& given) {
  if (given.classes.empty())
    fail("'{}': {}/classes is empty or missing, expected the names of the classes", reader.origin(),
         reader.pointer());
  const std::string expected =
      fmt::format("an array of {} numbers from -1 (no label) to {}", given.steps(), given.classes.size() - 1);
  const nlohmann::json* labels = reader.find("labels");
  if (!labels) fail("'{}': {}/labels is missing, expected {}", reader.origin(), reader.pointer(), expected);
  if (!labels->is_array() || std::ssize(*labels) != given.steps()) reader.reject("labels", expected);
  for (const nlohmann::json& label : *labels) {
    if (!label.is_number_integer() || label < -1 || label >= given.classes.size())
      reader.reject("labels", expected);
    given.labels.push_back(label.get<int>());
  }
}

}  // namespace

GivenSequence given_sequence(const Pair& sequence, const Alphabet& alphabet, const nn::Interface& interface,
                             std::optional<std::uint64_t> number) {
  GivenSequence given{.number = number};
  for (const int token : sequence.tokens) given.characters.push_back(alphabet.input(token));
  if (sequence.tokens.empty()) given.values = rows_of(sequence.values, interface.inputs, nullptr);
  if (interface.readout == nn::Readout::softmax) {
    given.labels = sequence.targets;
    given.classes = alphabet.outputs;
  } else {
    given.expected = rows_of(sequence.target_values, interface.outputs, &sequence);
  }
  return given;
}

Pair numbers_of(const GivenSequence& given, const Alphabet& alphabet, const nn::Interface& interface,
                std::string_view name) {
  if (alphabet.outcome->of_input)
    fail("{} tells the next character of a text, and a sequence is given: expected a text", name);
  const bool characters = interface.input == nn::InputKind::characters;
  if (given.steps() < 1) fail("the sequence has no steps, expected 1 or more");
  if (characters == given.characters.empty()) {
    fail("the sequence is one of {}, but {} reads {}", characters ? "values" : "characters", name,
         characters ? "characters" : fmt::format("{} a step", count(interface.inputs, "value")));
  }
  Pair pair;
  take_characters(given, alphabet, name, pair);
  for (Index t = 0; t < std::ssize(given.values); ++t)
    append(given.values[t], interface.inputs, t, "go in", name, pair.values);
  if (interface.readout == nn::Readout::softmax)
    take_classes(given, interface, name, pair);
  else
    take_expected(given, interface, name, pair);
  return pair;
}

GivenSequence parse_given(std::string_view text, const Alphabet& alphabet, const nn::Interface& interface,
                          std::string_view origin) {
  const bool characters = interface.input == nn::InputKind::characters;
  const bool classes = interface.readout == nn::Readout::softmax;
  GivenSequence given;
  Line line{origin};
  bool any_expected = false;
  while (!text.empty()) {
    ++line.number;
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    if (trimmed(whole).empty()) continue;
    if (given.steps() == kMostGivenSteps) fail("{}: more than {} steps are too many", origin, given.steps());
    const std::size_t bar = bar_in(whole);
    const std::string_view in = trimmed(whole.substr(0, bar));
    const std::string_view out = bar == whole.npos ? std::string_view() : trimmed(whole.substr(bar + 1));
    if (characters) {
      given.characters.push_back(line.unescaped(in));
      if (std::ranges::find(alphabet.inputs, given.characters.back()) == alphabet.inputs.end())
        line.reject(in, "one of " + some_of(alphabet.inputs));
    } else {
      given.values.push_back(line.numbers(in, interface.inputs, "that go in"));
    }
    any_expected = any_expected || !out.empty();
    if (!classes) {
      given.expected.push_back(out.empty() ? Numbers()
                                           : line.numbers(out, interface.outputs, "that should come out"));
      continue;
    }
    const auto found = std::ranges::find(alphabet.outputs, line.unescaped(out));
    if (!out.empty() && found == alphabet.outputs.end())
      line.reject(out, "a class, one of " + some_of(alphabet.outputs));
    given.labels.push_back(out.empty() ? -1 : static_cast<int>(found - alphabet.outputs.begin()));
  }
  if (given.steps() < 1) {
    fail("{} has no steps, expected one a line: {}, and after a bar what should come out", origin,
         characters ? "a character" : fmt::format("{}", count(interface.inputs, "number")));
  }
  if (classes) given.classes = alphabet.outputs;
  if (!any_expected) given.expected.clear();
  return given;
}

std::string to_text(const GivenSequence& given) {
  std::string text;
  for (std::size_t t = 0; t < static_cast<std::size_t>(given.steps()); ++t) {
    text += given.characters.empty() ? in_words(given.values[t]) : escaped(given.characters[t]);
    if (t < given.labels.size() && given.labels[t] >= 0)
      text += " | " + escaped(given.classes[given.labels[t]]);
    if (t < given.expected.size() && !given.expected[t].empty()) text += " | " + in_words(given.expected[t]);
    text += '\n';
  }
  return text;
}

GivenSequence impulse(const nn::Interface& interface) {
  constexpr std::size_t kSteps = 32;
  GivenSequence given;
  given.values.assign(kSteps, Numbers(static_cast<std::size_t>(interface.inputs)));
  given.values.front().front() = 1;
  return given;
}

nlohmann::json to_json(const GivenSequence& given) {
  nlohmann::json json = nlohmann::json::object();
  if (given.number) json["number"] = *given.number;
  if (!given.characters.empty()) json["characters"] = given.characters;
  if (!given.values.empty()) json["values"] = given.values;
  if (!given.labels.empty()) json["labels"] = given.labels;
  if (!given.classes.empty()) json["classes"] = given.classes;
  if (!given.expected.empty()) json["expected"] = given.expected;
  return json;
}

GivenSequence read_given(JsonReader reader) {
  GivenSequence given;
  if (reader.find("number")) given.number = reader.get("number", std::uint64_t{0});
  given.characters = reader.get("characters", given.characters);
  given.classes = reader.get("classes", given.classes);
  given.values = read_rows(reader, "values", 0, false);
  if (given.characters.empty() == given.values.empty() ||
      given.characters.size() > std::size_t{kMostGivenSteps}) {
    fail("'{}': {}/characters has {} entries and /values {}, expected 1 to {} of one of them",
         reader.origin(), reader.pointer(), given.characters.size(), given.values.size(), kMostGivenSteps);
  }
  given.expected = read_rows(reader, "expected", given.steps(), true);
  // Classes of characters; of values where they are told.
  const bool of_classes = reader.find("labels") || !given.classes.empty();
  if (of_classes || (given.expected.empty() && given.values.empty())) read_labels(reader, given);
  if (of_classes && !given.expected.empty())
    fail("'{}': {} has labels and expected values, expected one of them", reader.origin(), reader.pointer());
  reader.finish();
  return given;
}

}  // namespace gatescope::observe

#include "core/nn/force_rule.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <system_error>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/decoder_rules.h"
#include "core/nn/layer.h"
#include "core/number_from_chars.h"

namespace gatescope::nn {
namespace {

/// Whether open and closed are other numbers than 1 and 0 of a channel of that symbol in some cell; of all
/// others the words are these numbers.
bool has_own_words(std::string_view symbol) {
  return std::ranges::any_of(all_cells(), [&](const CellInfo* cell) {
    const int k = cell->find(symbol);
    return k != kNone && cell->channels[k].has_own_words();
  });
}

constexpr std::size_t kMaxLength = 4096;
constexpr int kMaxIndex = 1'000'000'000;
constexpr double kMaxValue = 1e6;  // far beyond what a state becomes, far within single precision

bool is_digit(char c) {
  return '0' <= c && c <= '9';
}
bool is_letter(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
}
bool is_word_character(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::vector<Range> merged(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> result;
  for (const Range& range : ranges) {
    if (!result.empty() && (result.back().last == kOpenEnd || range.first <= result.back().last + 1)) {
      result.back().last = std::max(result.back().last, range.last);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

/// Reads a rule from left to right, one part a function.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  ForceRule rule() {
    if (text_.size() > kMaxLength) {
      fail("force rule {}: it has {} characters, at most {} can be read", in_quotes(text_), text_.size(),
           kMaxLength);
    }
    ForceRule rule;
    skip_spaces();
    if (is_digit(peek())) {
      rule.layer = index("layer", "0.f=0");
      expect('.', "between layer and channel", "0.f=0");
    }
    rule.channel = channel();
    rule.before_activation = accept('~');
    if (accept('[')) {
      rule.units = ranges("unit", "f[3,5-9]=0");
      expect(']', "after the units", "f[3,5-9]=0");
    }
    if (accept('@')) rule.steps = ranges("step", "f@10-20=0");
    expect('=', "and a value", "f=0");
    value(rule);
    skip_spaces();
    if (at_ < text_.size()) error(at_, "expected nothing after the value", "f=0 or i=*0.5+0.1");
    return rule;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_spaces() {
    while (is_space(peek())) ++at_;
  }

  bool accept(char c) {
    skip_spaces();
    if (peek() != c) return false;
    ++at_;
    skip_spaces();
    return true;
  }

  void expect(char c, std::string_view why, std::string_view example) {
    if (!accept(c)) error(at_, fmt::format("expected '{}' {}", c, why), example);
  }

  [[noreturn]] void error(std::size_t at, std::string_view problem, std::string_view example) const {
    fail("force rule {}: column {}: {}, for example {}", in_quotes(text_), at + 1, problem, example);
  }

  std::string channel() {
    const std::size_t begin = at_;
    if (!is_letter(peek()))
      error(at_, "expected a channel, a name that begins with a letter", "f=0 or 0.f=0");
    while (is_word_character(peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  int index(std::string_view what, std::string_view example) {
    if (!is_digit(peek())) error(at_, fmt::format("expected a {}, a whole number from 0", what), example);
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    int value = 0;
    const auto read = number_from_chars(text_.data() + begin, text_.data() + at_, value);
    if (read.ec != std::errc{} || value > kMaxIndex) {
      error(begin, fmt::format("the {} is too large, expected at most {}", what, kMaxIndex), example);
    }
    return value;
  }

  std::vector<Range> ranges(std::string_view what, std::string_view example) {
    std::vector<Range> list;
    do {
      const std::size_t begin = at_;
      Range range;
      range.first = range.last = index(what, example);
      if (accept('-')) range.last = is_digit(peek()) ? index(what, example) : kOpenEnd;
      if (range.last < range.first) {
        error(begin,
              fmt::format("the range {}-{} is reversed, expected {}-{}", range.first, range.last, range.last,
                          range.first),
              example);
      }
      list.push_back(range);
    } while (accept(','));
    return merged(std::move(list));
  }

  void value(ForceRule& rule) {
    const std::size_t begin = at_;
    if (rule.before_activation && (accept_word("open") || accept_word("closed"))) {
      error(begin,
            "a pre-activation is neither open nor closed, for its activation can have any argument: write a "
            "number, *SCALE or *SCALE+SHIFT",
            "f~=-5 or f~=*1+0.5");
    } else if (rule.channel == kFeed && accept_word("own")) {
      rule.shift = 1;
    } else if (rule.channel == kFeed && accept_word("truth")) {
      rule.shift = 0;
    } else if (rule.channel == kAlpha && !rule.before_activation && accept_word("uniform")) {
      rule.before_activation = true;  // a softmax of equal numbers
    } else if (accept_word("open")) {
      rule.shift = 1;
      if (has_own_words(rule.channel)) rule.valve = Valve::open;
    } else if (accept_word("closed")) {
      rule.shift = 0;
      if (has_own_words(rule.channel)) rule.valve = Valve::closed;
    } else if (accept('*')) {
      rule.scale = number("expected a number after '*'", "i=*0.5", true);
      if (accept('+')) {
        rule.shift = number("expected a number without sign after '+'", "i=*0.5+0.1", false);
      } else if (accept('-')) {
        rule.shift = 0.0 - number("expected a number without sign after '-'", "i=*0.5-0.1", false);
      }
    } else if (peek() == '+') {
      error(at_, "a value cannot begin with '+': write a bare number to clamp, *1+B to add B",
            "i=0.1 or i=*1+0.1");
    } else {
      rule.shift =
          number("expected a value: open, closed, a number, *SCALE or *SCALE+SHIFT", "f=0.5 or i=*0.5", true);
    }
  }

  bool accept_word(std::string_view word) {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(word)) return false;
    if (rest.size() > word.size() && is_word_character(rest[word.size()])) return false;
    at_ += word.size();
    return true;
  }

  double number(std::string_view problem, std::string_view example, bool sign) {
    const std::size_t begin = at_;
    const bool negative = sign && peek() == '-';
    if (negative) ++at_;
    if (!is_digit(peek()) && peek() != '.') error(begin, problem, example);  // shuts out inf and nan
    double value = 0;
    const auto read = number_from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (read.ec == std::errc::invalid_argument) error(begin, problem, example);
    if (read.ec != std::errc{} || !(std::abs(value) <= kMaxValue)) {
      error(begin, "the number is too large, expected at most 1000000", example);
    }
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    return negative ? 0.0 - value : value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string list_text(const std::vector<Range>& ranges) {
  std::string text;
  for (const Range& range : merged(ranges)) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first);
    if (range.last == kOpenEnd) {
      text += '-';
    } else if (range.last != range.first) {
      text += fmt::format("-{}", range.last);
    }
  }
  return text;
}

}  // namespace

ForceRule parse_force_rule(std::string_view text) {
  return Reader(text).rule();
}

std::string to_string(const ForceRule& rule) {
  std::string text;
  if (rule.layer) text += fmt::format("{}.", *rule.layer);
  text += rule.channel;
  if (rule.before_activation) text += '~';
  if (!rule.units.empty()) text += fmt::format("[{}]", list_text(rule.units));
  if (!rule.steps.empty()) text += fmt::format("@{}", list_text(rule.steps));
  text += '=';
  // fmt's plain {} is the shortest text that reads back the same; + 0.0 turns -0 into 0.
  if (rule.channel == kFeed && rule.scale == 0 && (rule.shift == 0 || rule.shift == 1))
    return text + (rule.shift == 0 ? "truth" : "own");
  if (rule.valve != Valve::none) return text + (rule.valve == Valve::open ? "open" : "closed");
  if (rule.scale == 0) return text + fmt::format("{}", rule.shift + 0.0);
  text += fmt::format("*{}", rule.scale);
  if (rule.shift != 0) text += fmt::format("{:+}", rule.shift);
  return text;
}

std::vector<ForceRule> parse_force_rules(std::span<const std::string> texts) {
  std::vector<ForceRule> rules;
  for (const std::string& text : texts) rules.push_back(parse_force_rule(text));
  return rules;
}

std::vector<std::string> to_strings(std::span<const ForceRule> rules) {
  std::vector<std::string> texts;
  for (const ForceRule& rule : rules) texts.push_back(to_string(rule));
  return texts;
}

std::string in_words(std::span<const ForceRule> rules) {
  return fmt::format("{}", fmt::join(to_strings(rules), ", "));
}

}  // namespace gatescope::nn

#include "app/lesson/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::lesson {
namespace {

/// What stands between braces.
Run parse_reference(std::string_view inside) {
  const auto wrong = [&](std::string_view expected) {
    fail("the reference {} does not read, expected {}", in_quotes("{" + std::string(inside) + "}"), expected);
  };
  const std::size_t colon = inside.find(':'), bar = inside.rfind('|');
  if (colon == inside.npos) wrong("{channel:f}, {number:mean f}, {percent:mean f} or {control:label|words}");
  const std::string_view kind = inside.substr(0, colon);
  const bool has_bar = bar != inside.npos && bar > colon;
  const std::string what(inside.substr(colon + 1, has_bar ? bar - colon - 1 : inside.npos));
  const std::string behind(has_bar ? inside.substr(bar + 1) : std::string_view());
  if (what.empty() || (has_bar && behind.empty())) wrong("something on both sides of its colon and its bar");
  Run run{.text = has_bar ? behind : what, .what = what};
  if (kind == "channel") {
    run.kind = Run::Kind::channel;
  } else if (kind == "control") {
    run.kind = Run::Kind::control;
    if (!has_bar) run.text = what.substr(0, what.find("##"));
  } else if (kind == "number" || kind == "percent") {
    run.kind = kind == "number" ? Run::Kind::number : Run::Kind::percent;
    run.decimals = kind == "number" ? 2 : 0;
    if (has_bar) {
      if (behind.size() != 1 || behind[0] < '0' || behind[0] > '6') wrong("0 to 6 decimals behind the bar");
      run.decimals = behind[0] - '0';
    }
    run.text.clear();
    run.what.clear();
    run.quantity = parse_quantity(what);
  } else {
    wrong("channel, number, percent or control before its colon");
  }
  return run;
}

}  // namespace

std::vector<Run> parse_text(std::string_view text) {
  std::vector<Run> runs;
  std::string words;
  const auto end_words = [&] {
    if (!words.empty()) runs.push_back({.text = std::move(words)});
    words.clear();
  };
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text.substr(k).starts_with("{{")) {
      words += '{';
      ++k;
    } else if (text[k] == '{') {
      const std::size_t end = text.find('}', k);
      if (end == text.npos) fail("the text {} has a brace without an end", in_quotes(text.substr(k)));
      end_words();
      runs.push_back(parse_reference(text.substr(k + 1, end - k - 1)));
      k = end;
    } else {
      words += text[k];
    }
  }
  end_words();
  return runs;
}

std::string written(std::optional<double> value, int decimals, std::string_view decimal_point) {
  if (!value) return "–";
  std::string text = fmt::format("{:.{}f}", *value, decimals);
  if (text.find_first_not_of("-0.") == text.npos && text.starts_with('-')) text.erase(0, 1);
  if (text.starts_with('-')) text.replace(0, 1, "−");
  if (const std::size_t point = text.find('.'); point != text.npos) text.replace(point, 1, decimal_point);
  return text;
}

std::vector<Run> filled_in(std::vector<Run> runs, const ui::Workbench& bench,
                           std::string_view decimal_point) {
  for (Run& run : runs) {
    if (!run.quantity) continue;
    std::optional<double> value = measured(*run.quantity, bench);
    const bool percent = run.kind == Run::Kind::percent;
    if (percent && value) value = *value * 100;
    run.text = written(value, run.decimals, decimal_point) + (percent ? " %" : "");
  }
  return runs;
}

std::string plain(const std::vector<Run>& runs) {
  std::string all;
  for (const Run& run : runs) all += run.text;
  return all;
}

}  // namespace gatescope::lesson

// Any bytes are refused with an Error or are labelled lines: numbers of labels and characters there are, no
// text longer than the limit, and the same once more when they are written and read again.
#include "core/task/labelled_lines.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;

std::string written(const task::LabelledText& text) {
  std::string lines;
  for (const task::LabelledLine& line : text.lines) {
    lines += text.labels[static_cast<std::size_t>(line.label)] + "\t";
    for (const int token : line.tokens) lines += text.characters[static_cast<std::size_t>(token)];
    lines += '\n';
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  task::looks_like_labelled_lines(bytes);
  constexpr Index longest = 20;
  task::LabelledText text;
  try {
    text = task::parse_labelled_lines(bytes, "fuzz.tsv", longest);
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    return 0;
  }
  fuzz::require(text.labels.size() >= 2 && text.lines.size() >= 2, "there is something to tell apart");
  for (const task::LabelledLine& line : text.lines) {
    fuzz::require(line.label >= 0 && line.label < std::ssize(text.labels), "a label there is");
    fuzz::require(!line.tokens.empty() && std::ssize(line.tokens) <= longest, "a text within the limit");
    for (const int token : line.tokens)
      fuzz::require(token >= 0 && token < std::ssize(text.characters), "a character there is");
  }
  const std::string once = written(text);
  const bool was_cut = text.cut > 0;
  const task::KnownLabels known{text.labels, text.characters, longest};
  const task::LabelledLines whole({.batch = 3}, text, {task::SplitBy::none, 0});
  fuzz::require(*whole.held_out_count() == std::ssize(text.lines), "all of another file is measured");
  try {
    const task::LabelledLines made({.batch = 3}, std::move(text), {task::SplitBy::share, 0.3});
    for (std::uint64_t number = 0; number < task::held_out_sequences(made); ++number)
      fuzz::require(!task::held_out_sequence(made, number).tokens.empty(), "a sequence has steps");
  } catch (const Error&) {
    // one text alone
  }
  // The beginning of a longer text may end in what the end of a line is.
  if (!was_cut)
    fuzz::require(written(task::parse_labelled_lines("\xEF\xBB\xBF" + once, "again.tsv", longest,
                                                     InvalidUtf8::error, known)) == once,
                  "it reads back the same");
  return 0;
}

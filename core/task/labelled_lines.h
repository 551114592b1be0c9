#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/task/single_sequences.h"
#include "core/task/split.h"
#include "core/utf8.h"

namespace gatescope::task {

/// A line of "label<TAB>text".
struct LabelledLine {
  int label = 0;            // its place among the labels
  std::vector<int> tokens;  // the text's characters
  std::uint64_t hash = 0;   // hash_of() the text, or of its beginning
};

/// What a file of such lines holds. Labels and characters stand in the order of their numbers, which is that
/// of their code points where no model has another.
struct LabelledText {
  std::vector<std::string> labels, characters;
  std::vector<LabelledLine> lines;
  std::string digest;  // SHA-256 of the file
  Index cut = 0;       // lines that were longer than the limit: their beginnings stand for them
};

/// What a model knows of such lines.
struct KnownLabels {
  std::vector<std::string> labels, characters;  // in the order of their numbers; no labels: any
  Index longest = 100;                          // as many characters of a text made its hash
};

/// Reads "label<TAB>text" line by line, empty lines left out, at most `longest` characters of a text. Labels
/// and characters have the numbers of the `known` ones, where there are such. Throws Error that names the
/// origin and line for one without a label, a tab or a text, with a zero byte, or with a label or a character
/// that is not known; for bytes that are not UTF-8, unless they are replaced; and, where no labels are known,
/// for fewer than two or more than 1,000.
LabelledText parse_labelled_lines(std::string_view bytes, std::string_view origin, Index longest,
                                  InvalidUtf8 on_invalid = InvalidUtf8::error,
                                  const std::optional<KnownLabels>& known = {});

/// Whether a text that begins so is more likely such a file than any other: of twenty lines nineteen have one
/// tab behind a short label, labels come again, and what stands behind is not numbers alone.
bool looks_like_labelled_lines(std::string_view beginning);

/// The label of a whole line, asked for at its last character. What stands behind shorter lines is scored
/// nowhere. Lines of one text are learnt or held out together.
class LabelledLines final : public Task {
 public:
  /// Throws Error for a share of a single text, and where nothing is held out.
  LabelledLines(const Data& data, LabelledText text, const Split& split);

  nn::Interface interface() const override {
    return {nn::InputKind::characters, std::ssize(text_.characters), nn::Readout::softmax,
            std::ssize(text_.labels)};
  }
  std::vector<std::string> vocabulary() const override { return text_.characters; }
  std::vector<std::string> classes() const override { return text_.labels; }
  const Outcome& outcome() const override { return kLabel; }
  /// Of one who knows how often each label comes among the learnt lines; of all where none is learnt.
  std::optional<double> chance() const override;
  bool is_padded() const override { return true; }
  std::string fingerprint() const override;
  std::uint64_t old_fingerprint() const override { return 0; }
  void training_batch(std::uint64_t update, Batch& batch) const override;
  Index held_out_batches() const override;
  void held_out_batch(Index number, Batch& batch) const override;
  std::optional<Index> held_out_count() const override { return std::ssize(rows_.order) - rows_.learnt; }

  Index steps() const { return steps_; }
  /// As SplitRows::bound.
  std::optional<double> bound() const { return rows_.bound; }
  const LabelledText& text() const { return text_; }

 private:
  void begin(Batch& batch) const;
  void write(const LabelledLine& line, Index entry, Batch& batch) const;
  const LabelledLine& line(Index place) const {
    return text_.lines[static_cast<std::size_t>(rows_.order[static_cast<std::size_t>(place)])];
  }

  Data data_;
  LabelledText text_;
  SplitRows rows_;
  Index steps_ = 0;
};

}  // namespace gatescope::task

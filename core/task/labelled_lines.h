#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// A line of "label<TAB>text".
struct LabelledLine {
  int label = 0;            // its place among the labels
  std::vector<int> tokens;  // the text's characters
};

/// What a file of such lines holds. Labels and characters stand in the order of their code points.
struct LabelledText {
  std::vector<std::string> labels, characters;
  std::vector<LabelledLine> lines;
  std::string digest;  // SHA-256 of the file
  Index cut = 0;       // lines that were longer than the limit: their beginnings stand for them
};

/// Reads "label<TAB>text" line by line, empty lines left out, at most `longest` characters of a text. Throws
/// Error that names the origin and line for one without a label, a tab or a text, for bytes that are not
/// UTF-8, and for fewer than two labels or more than 1,000.
LabelledText parse_labelled_lines(std::string_view bytes, std::string_view origin, Index longest);

/// Whether a text that begins so is more likely such a file than any other: every line has one tab behind a
/// short label, labels come again, and what stands behind is not numbers alone.
bool looks_like_labelled_lines(std::string_view beginning);

/// The label of a whole line, asked for at its last character. What stands behind shorter lines is scored
/// nowhere. Lines are mixed with the seed, and the last of them held out.
class LabelledLines final : public Task {
 public:
  /// `held_out` is the share of lines; at least one is held out and one learnt. Throws Error for a single
  /// line.
  LabelledLines(const Data& data, LabelledText text, double held_out);

  nn::Interface interface() const override {
    return {nn::InputKind::characters, std::ssize(text_.characters), nn::Readout::softmax,
            std::ssize(text_.labels)};
  }
  std::vector<std::string> vocabulary() const override { return text_.characters; }
  std::vector<std::string> classes() const override { return text_.labels; }
  const Outcome& outcome() const override { return kLabel; }
  /// Of one who knows how often each label comes.
  std::optional<double> chance() const override;
  bool is_padded() const override { return true; }
  std::string fingerprint() const override;
  std::uint64_t old_fingerprint() const override { return 0; }
  void training_batch(std::uint64_t update, Batch& batch) const override;
  Index held_out_batches() const override;
  void held_out_batch(Index number, Batch& batch) const override;
  std::optional<Index> held_out_count() const override { return std::ssize(order_) - learnt_; }

  Index steps() const { return steps_; }
  const LabelledText& text() const { return text_; }

 private:
  void begin(Batch& batch) const;
  void write(const LabelledLine& line, Index entry, Batch& batch) const;
  const LabelledLine& line(Index place) const {
    return text_.lines[static_cast<std::size_t>(order_[static_cast<std::size_t>(place)])];
  }

  Data data_;
  LabelledText text_;
  std::vector<int> order_;  // of the lines
  Index learnt_ = 0, steps_ = 0;
};

}  // namespace gatescope::task

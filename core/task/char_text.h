#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/task/characters.h"
#include "core/task/task.h"
#include "core/task/tokens.h"

namespace gatescope::task {

/// The next character of a text. The text is cut into B streams of equal length, read side by side; each
/// batch continues where the one before ended, until the streams end and begin again. The last part of the
/// text is held out and read in the same way. A text too short for that is read in overlapping windows
/// instead.
class CharText final : public Task {
 public:
  struct Options {
    Index batch = 32, steps = 64;
    double held_out = 0.1;  // the fraction of the text that is held out, from its end; in [0, 0.9]
    bool carry = true;  // whether batches continue each other; false: each sequence begins from a zero state
    /// The entries that come first, of a model that learns on; the text's own follow. Empty: the text's
    /// alone.
    std::vector<std::string> vocabulary = {};
  };

  /// Throws Error for a text shorter than two characters; `origin` names it.
  CharText(Characters text, const Options& options, const std::string& origin);
  CharText(std::u32string_view text, const Options& options, const std::string& origin)
      : CharText(Characters(text), options, origin) {}

  /// Which entries of the vocabulary the text has.
  std::vector<bool> used() const;

  nn::Interface interface() const override;
  std::vector<std::string> vocabulary() const override { return vocabulary_; }
  std::vector<std::string> classes() const override { return vocabulary_; }
  std::string fingerprint() const override { return digest_; }
  std::uint64_t old_fingerprint() const override;
  void training_batch(std::uint64_t update, Batch& batch) const override;
  Index held_out_batches() const override { return held_out_.size < 2 ? 0 : held_out_.windows; }
  void held_out_batch(Index number, Batch& batch) const override;

 private:
  // A stretch of the text, read in B streams that begin `stride` apart, each in `windows` windows of `steps`.
  struct Part {
    Index first = 0, size = 0;
    Index stride = 0, windows = 1, steps = 1;
    Index last_steps = 1;  // of the last window
  };
  Part cut(Index first, Index size, bool whole) const;
  void fill(const Part& part, Index window, Batch& batch) const;

  Options options_;
  std::string digest_;
  std::vector<std::string> vocabulary_;
  Tokens tokens_;
  Part training_, held_out_;
};

}  // namespace gatescope::task

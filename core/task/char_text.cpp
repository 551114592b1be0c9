#include "core/task/char_text.h"

#include <algorithm>

#include "core/error.h"
#include "core/task/vocabulary.h"

namespace gatescope::task {

CharText::CharText(Characters text, const Options& options, const std::string& origin) : options_(options) {
  if (text.size() == 0) fail("{}: the text is empty, expected 2 or more characters", origin);
  if (text.size() < 2) {
    fail("{}: the text has 1 character, expected 2 or more", origin);
  }
  digest_ = text.digest();
  Vocabulary vocabulary = options.vocabulary.empty() ? Vocabulary::of(text.different())
                                                     : Vocabulary(options.vocabulary, "the vocabulary");
  if (vocabulary.of_characters()) {
    vocabulary = vocabulary.extended_by(text.different());
    const std::vector<int> numbers = vocabulary.encode(text.different(), origin);
    tokens_ = text.take_numbers();
    tokens_.renumber(numbers);
  } else {
    const std::u32string all = text.text();
    text = {};
    vocabulary = vocabulary.extended_by(all);
    tokens_ = Tokens(vocabulary.encode(all, origin));
  }
  vocabulary_ = vocabulary.entries();
  if (tokens_.size() < 2) fail("{}: the text has {} words, expected 2 or more", origin, tokens_.size());

  const auto size = static_cast<Index>(tokens_.size());
  const Index held_out = std::min(static_cast<Index>(static_cast<double>(size) * options.held_out), size - 2);
  training_ = cut(0, size - held_out, false);
  held_out_ = cut(size - held_out, held_out, true);
}

CharText::Part CharText::cut(Index first, Index size, bool whole) const {
  Part part{first, size};
  if (size < 2) return part;
  part.stride = size / options_.batch;
  if (part.stride >= options_.steps + 1) {
    part.steps = part.last_steps = options_.steps;
    part.windows = (part.stride - 1) / options_.steps;
    // Training drops what is left of a stream after whole windows; held-out text is read to its end.
    if (const Index rest = (part.stride - 1) % options_.steps; whole && rest > 0) {
      ++part.windows;
      part.last_steps = rest;
    }
  } else {
    part.steps = part.last_steps = std::min(options_.steps, size - 1);
    part.stride = options_.batch > 1 ? (size - 1 - part.steps) / (options_.batch - 1) : 0;
  }
  return part;
}

std::vector<bool> CharText::used() const {
  std::vector<bool> used(vocabulary_.size());
  tokens_.visit([&](const auto& tokens) {
    for (const auto token : tokens) used[token] = true;
  });
  return used;
}

nn::Interface CharText::interface() const {
  const auto v = static_cast<Index>(vocabulary_.size());
  return {nn::InputKind::characters, v, nn::Readout::softmax, v};
}

std::uint64_t CharText::old_fingerprint() const {  // FNV-1a over the characters' numbers
  std::uint64_t hash = 0xcbf29ce484222325;
  tokens_.visit([&](const auto& tokens) {
    for (const auto token : tokens) hash = (hash ^ static_cast<std::uint64_t>(token)) * 0x100000001b3;
  });
  return hash;
}

void CharText::fill(const Part& part, Index window, Batch& batch) const {
  batch.steps = window == part.windows - 1 ? part.last_steps : part.steps;
  batch.size = options_.batch;
  batch.continues = options_.carry && window > 0;
  const auto count = static_cast<std::size_t>(batch.steps * batch.size);
  batch.tokens.resize(count);
  batch.classes.resize(count);
  tokens_.visit([&](const auto& tokens) {
    for (Index b = 0; b < batch.size; ++b) {
      const auto* from = tokens.data() + part.first + b * part.stride + window * part.steps;
      for (Index t = 0; t < batch.steps; ++t) {
        batch.tokens[t * batch.size + b] = from[t];
        batch.classes[t * batch.size + b] = from[t + 1];
      }
    }
  });
}

void CharText::training_batch(std::uint64_t update, Batch& batch) const {
  fill(training_, static_cast<Index>(update % static_cast<std::uint64_t>(training_.windows)), batch);
}

void CharText::held_out_batch(Index number, Batch& batch) const {
  fill(held_out_, number, batch);
}

}  // namespace gatescope::task

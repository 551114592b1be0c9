#include "core/observe/held_out.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::observe {
namespace {

/// Entry `entry` of a batch, at most so many steps of it, is put behind what a sequence has.
void append(const task::Batch& batch, Index entry, Index steps, Pair& sequence) {
  const auto take = [&](const auto& from, auto& to) {
    const std::size_t height = from.size() / static_cast<std::size_t>(batch.steps * batch.size);
    for (Index t = 0; t < std::min(steps, batch.steps); ++t) {
      const auto at = from.begin() +
                      static_cast<std::ptrdiff_t>(static_cast<std::size_t>(t * batch.size + entry) * height);
      to.insert(to.end(), at, at + static_cast<std::ptrdiff_t>(height));
    }
  };
  take(batch.tokens, sequence.tokens);
  take(batch.classes, sequence.targets);
  take(batch.values, sequence.values);
  take(batch.target_values, sequence.target_values);
  take(batch.scored, sequence.expected);
}

bool alike(const Pair& one, const Pair& other) {
  return one.tokens == other.tokens && one.values == other.values && one.targets == other.targets &&
         one.target_values == other.target_values;
}

}  // namespace

HeldOutSequences read_held_out(const task::Task& task, Index count, Index steps) {
  auto all = std::make_shared<std::vector<Pair>>();
  task::Batch batch;
  const Index batches = task.held_out_batches();
  for (Index number = 0; number < batches && std::ssize(*all) < count;) {
    task.held_out_batch(number++, batch);
    // Far from each other: neighbours in a batch are neighbours in a text.
    const Index entries = std::min(count - std::ssize(*all), batch.size), size = batch.size;
    std::vector<Pair> group(static_cast<std::size_t>(entries));
    for (Index read = 0; read < steps;) {
      for (Index k = 0; k < entries; ++k)
        append(batch, k * size / entries, read == 0 ? batch.steps : steps - read,
               group[static_cast<std::size_t>(k)]);
      read += batch.steps;
      if (read >= steps || number >= batches) break;
      task.held_out_batch(number, batch);
      if (!batch.continues || batch.size != size) break;
      ++number;
    }
    for (Pair& sequence : group) {
      if (task.is_padded() || task.held_out_count()) task::take_padding_away(sequence);
      const bool known = std::ranges::any_of(*all, [&](const Pair& other) { return alike(sequence, other); });
      const std::size_t long_enough =
          2 * static_cast<std::size_t>(std::max<Index>(1, task.interface().inputs));
      if (!known && (sequence.tokens.size() >= 2 || sequence.values.size() >= long_enough))
        all->push_back(std::move(sequence));
    }
  }
  return all->empty() ? nullptr : all;
}

GivenHeldOut given_held_out(std::span<const Pair> sequences, const Alphabet& alphabet,
                            const nn::Interface& interface) {
  GivenHeldOut given;
  const task::Vocabulary vocabulary(alphabet.outcome->of_input ? alphabet.inputs
                                                               : std::vector<std::string>());
  for (const Pair& sequence : sequences) {
    if (!alphabet.outcome->of_input) {
      given.sequences.push_back(given_sequence(sequence, alphabet, interface));
      continue;
    }
    std::vector<int> characters = sequence.tokens;
    characters.push_back(sequence.targets.back());
    given.texts.push_back(vocabulary.decode(characters));
  }
  return given;
}

HeldOutSequences numbers_of(const GivenHeldOut& given, const Alphabet& alphabet,
                            const nn::Interface& interface, std::string_view name) {
  if (given.empty()) return nullptr;
  auto all = std::make_shared<std::vector<Pair>>();
  for (const GivenSequence& sequence : given.sequences)
    all->push_back(numbers_of(sequence, alphabet, interface, name));
  if (given.texts.empty()) return all;
  if (!alphabet.outcome->of_input)
    fail("{} does not tell the next character, and the held-out texts say nothing else", name);
  const task::Vocabulary vocabulary(alphabet.inputs, name);
  for (const std::string& text : given.texts) {
    Pair& sequence = all->emplace_back();
    sequence.tokens = vocabulary.encode(decode_utf8(text, InvalidUtf8::error, "a held-out text"),
                                        fmt::format("a held-out text for {}", name));
    if (sequence.tokens.size() < 3)
      fail("a held-out text for {} has {} characters, expected 3 or more", name, sequence.tokens.size());
    sequence.targets.assign(sequence.tokens.begin() + 1, sequence.tokens.end());
    sequence.tokens.pop_back();
  }
  return all;
}

nlohmann::json to_json(const GivenHeldOut& given) {
  nlohmann::json json = nlohmann::json::array();
  for (const std::string& text : given.texts) json.push_back(text);
  for (const GivenSequence& sequence : given.sequences) json.push_back(to_json(sequence));
  return json;
}

GivenHeldOut read_given_held_out(JsonReader& reader, std::string_view key) {
  constexpr std::size_t kMost = 1024;
  const std::string expected = fmt::format("an array of texts, or of sequences, at most {}", kMost);
  GivenHeldOut given;
  const nlohmann::json* found = reader.find(key);
  if (!found) return given;
  if (!found->is_array() || found->size() > kMost) reader.reject(key, expected);
  for (std::size_t k = 0; k < found->size(); ++k) {
    const nlohmann::json& one = (*found)[k];
    if (one.is_string())
      given.texts.push_back(one.get<std::string>());
    else
      given.sequences.push_back(
          read_given({one, fmt::format("{}/{}/{}", reader.pointer(), key, k), reader.origin()}));
  }
  if (!given.texts.empty() && !given.sequences.empty()) reader.reject(key, expected);
  return given;
}

}  // namespace gatescope::observe

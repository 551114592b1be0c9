#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/json_fields.h"
#include "core/observe/observation.h"
#include "core/observe/stimulus.h"

namespace gatescope::observe {

/// What models read in place of a text, and what should come out: in the words of their task, as a person
/// writes it and as files keep it. Characters or values go in; classes, values or nothing is expected.
struct GivenSequence {
  std::optional<std::uint64_t> number = {};  // among the task's held-out sequences; none: a person's own
  std::vector<std::string> characters = {};  // (T), UTF-8, or
  std::vector<int> labels = {};              // (T), numbers of classes, -1 where a step has none; or empty
  std::vector<std::string> classes = {};     // of the outputs, UTF-8
  std::vector<std::vector<double>> values = {};    // (T) of I numbers each
  std::vector<std::vector<double>> expected = {};  // (T) of V numbers, none where nothing is; or empty

  Index steps() const { return characters.empty() ? std::ssize(values) : std::ssize(characters); }
  bool operator==(const GivenSequence&) const = default;
};

inline constexpr Index kMostGivenSteps = 1 << 24;

/// A sequence in the words of its task, for a network of `inputs` values a step and `outputs` of them.
GivenSequence given_sequence(const Pair& sequence, const Alphabet& alphabet, const nn::Interface& interface,
                             std::optional<std::uint64_t> number = {});

/// A model's numbers for it. Throws Error that names the step, and what would be right, where the model
/// `name` cannot read it or be scored with it.
Pair numbers_of(const GivenSequence& given, const Alphabet& alphabet, const nn::Interface& interface,
                std::string_view name);

/// Reads one step a line: what goes in and, where something is expected, a bar and that: "0.5 -1 | 0.25" or
/// "B | Q". Numbers stand apart by blanks or commas; of characters a space is \s, a line break \n, a tab \t,
/// a bar \| and a backslash \\. Throws Error that names `origin`, the line and what would be right.
GivenSequence parse_given(std::string_view text, const Alphabet& alphabet, const nn::Interface& interface,
                          std::string_view origin);
/// The same, written.
std::string to_text(const GivenSequence& given);

/// What a model of values reads where nobody says anything: a 1 in its first input, then nothing.
GivenSequence impulse(const nn::Interface& interface);

nlohmann::json to_json(const GivenSequence& given);
/// Throws Error as all JSON of ours.
GivenSequence read_given(JsonReader reader);

/// As a field.
inline constexpr auto kGiven =
    by([](JsonReader& reader, std::string_view key) { return read_given(reader.object(key)); },
       [](const GivenSequence& given) { return to_json(given); });

}  // namespace gatescope::observe

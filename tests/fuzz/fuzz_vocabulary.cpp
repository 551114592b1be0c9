// Any bytes are refused with an Error or are a vocabulary: entries that differ, in UTF-8, which are read back
// from each of the forms people keep them in.
#include <nlohmann/json.hpp>
#include <set>

#include "core/checkpoint/vocabulary_file.h"
#include "core/task/vocabulary.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;
using Entries = std::vector<std::string>;

/// The entries, or none where the bytes are refused.
Entries read(std::string_view bytes, Index expected) {
  try {
    return checkpoint::parse_vocabulary(bytes, "fuzz", expected);
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    return {};
  }
}

void require_forms(const Entries& entries) {
  nlohmann::json numbers = nlohmann::json::object(), names = nlohmann::json::object();
  for (std::size_t k = 0; k < entries.size(); ++k) {
    numbers[entries[k]] = k;
    names[std::to_string(k)] = entries[k];
  }
  for (const nlohmann::json& form : {nlohmann::json(entries), numbers, names}) {
    fuzz::require(checkpoint::parse_vocabulary(form.dump(), "form.json") == entries,
                  "every form reads back the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  for (const Index expected : {0, 2}) {
    const Entries entries = read(bytes, expected);
    if (entries.empty()) continue;
    fuzz::require(entries.size() <= size + 1, "an entry takes a byte");
    const std::set<std::string> different(entries.begin(), entries.end());
    fuzz::require(different.size() == entries.size() && !different.contains(""), "entries differ");
    const task::Vocabulary vocabulary(entries);
    for (int k = 0; k < vocabulary.size(); ++k)
      fuzz::require(vocabulary.find(std::string_view(entries[k])) == k, "an entry is found at its number");
    require_forms(entries);
  }
  return 0;
}

#include "app/cli/sequence_file.h"

#include "app/cli/cli.h"
#include "app/cli/model_options.h"
#include "app/platform/paths.h"
#include "core/experiment/task_kinds.h"
#include "core/files.h"

namespace gatescope::app {

observe::Alphabet sequence_alphabet(const checkpoint::ModelFile& file,
                                    const std::optional<experiment::Experiment>& learnt) {
  if (!learnt || experiment::kind_of(learnt->task).of_text)
    return observe::alphabet_of(file.interface, file.vocabulary);
  observe::Alphabet alphabet = observe::alphabet_of(*experiment::make_task(*learnt, corpora_folder()));
  alphabet.inputs = file.vocabulary;
  return alphabet;
}

observe::GivenSequence read_sequence_file(const std::string& path, const checkpoint::ModelFile& file,
                                          const std::optional<experiment::Experiment>& learnt) {
  constexpr std::uintmax_t kLongest = std::uintmax_t{1} << 28;  // bytes
  const observe::Alphabet alphabet = sequence_alphabet(file, learnt);
  if (alphabet.outcome->of_input)
    usage(
        "--sequence-file is for models that tell a class or values; this one tells the next character of a "
        "text: --text says what to read");
  return observe::parse_given(read_input(path, kLongest), alphabet, file.interface,
                              path == "-" ? input_name(path) : "'" + path + "'");
}

}  // namespace gatescope::app

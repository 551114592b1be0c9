#include "app/cli/model_options.h"

#include "app/cli/cli.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/checkpoint/import_answers.h"
#include "core/task/text_file.h"

namespace gatescope::app {

void ModelOptions::add_to(CLI::App& command) {
  command.add_option("--model", model, "The model: a safetensors file, ours or a PyTorch state dict")
      ->required();
  add_all_but_model_to(command);
}

void ModelOptions::add_all_but_model_to(CLI::App& command) {
  add_import_to(command);
  command
      .add_option("--force", force,
                  "Force gates: [LAYER.]CHANNEL[~][UNITS][@STEPS]=VALUE, e.g. f=0 or 0.i[3]@10-=*0.5; with ~ "
                  "what the channel's activation gets, e.g. z~=*1+0.5")
      ->allow_extra_args(false);
}

void ModelOptions::add_import_to(CLI::App& command) {
  command.add_option(
      "--vocab", vocabulary,
      "What the model reads, for a file that does not hold it: a JSON array of strings, a JSON "
      "object from them to numbers or back, or one a line");
  command.add_option("--cell", cell, "The cell, for a state dict that does not tell it, such as rnn_relu");
  command.add_option("--head", head, "The module of the read-out, for a state dict that has several");
  command.add_option("--embedding", embedding, "The module of the embedding, likewise; none: there is none");
  command.add_option("--invalid", invalid, "What to do with bytes of a text that are not UTF-8")
      ->check(CLI::IsMember({"error", "replace"}));
}

checkpoint::ImportOptions ModelOptions::import_options() const {
  checkpoint::ImportOptions options;
  if (!vocabulary.empty()) options.vocabulary = vocabulary;
  options.cell = cell;
  options.head = head;
  options.embedding = embedding;
  return options;
}

checkpoint::ModelFile ModelOptions::load() const {
  checkpoint::ModelFile file = checkpoint::load_model_as_before(model, import_options(), state_folder());
  for (const std::string& said : file.notes) note("gatescope: {}\n", said);
  return file;
}

InvalidUtf8 ModelOptions::on_invalid() const {
  return invalid == "replace" ? InvalidUtf8::replace : InvalidUtf8::error;
}

std::vector<int> ModelOptions::encode(const checkpoint::ModelFile& file, const std::string& bytes,
                                      const std::string& origin) const {
  const task::Vocabulary entries(file.vocabulary, model);
  task::Unknown unknown;
  const std::u32string text = origin.starts_with("--") ? decode_utf8(bytes, on_invalid(), origin)
                                                       : task::decode_text(bytes, on_invalid(), origin);
  auto numbers = entries.encode(text, origin, &unknown);
  if (unknown.count > 0) note("gatescope: {}\n", unknown.sentence(origin, entries.of_words()));
  return numbers;
}

template <class S>
std::vector<nn::ForceRule> ModelOptions::force_on(nn::Network<S>& network) const {
  try {
    std::vector<nn::ForceRule> rules = nn::parse_force_rules(force);
    network.force(rules);
    return rules;
  } catch (const Error& error) {
    usage("{}", error.what());
  }
}

template std::vector<nn::ForceRule> ModelOptions::force_on(nn::Network<float>&) const;
template std::vector<nn::ForceRule> ModelOptions::force_on(nn::Network<double>&) const;

std::string input_name(const std::string& path) {
  return path == "-" ? "the standard input" : path;
}

void check_one_standard_input(const std::vector<std::pair<std::string, std::string>>& options) {
  std::string first;
  for (const auto& [name, value] : options) {
    if (value != "-") continue;
    if (!first.empty()) usage("{} and {} cannot both read the standard input", first, name);
    first = name;
  }
}

}  // namespace gatescope::app

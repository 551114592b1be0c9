#include "app/cli/model_options.h"

#include "app/cli/cli.h"
#include "core/task/text_file.h"

namespace gatescope::app {

void ModelOptions::add_to(CLI::App& command) {
  command.add_option("--model", model, "The model: a safetensors file, ours or a PyTorch state dict")
      ->required();
  add_all_but_model_to(command);
}

void ModelOptions::add_all_but_model_to(CLI::App& command) {
  command.add_option("--vocab", vocabulary,
                     "A JSON array of the characters, for a file that does not hold them");
  command.add_option("--cell", cell, "The cell, for a state dict that does not tell it");
  command.add_option("--head", head, "The module of the read-out, for a state dict that has several");
  command.add_option("--embedding", embedding, "The module of the embedding, likewise");
  command.add_option("--invalid", invalid, "What to do with bytes of a text that are not UTF-8")
      ->check(CLI::IsMember({"error", "replace"}));
  command
      .add_option("--force", force,
                  "Force gates: [LAYER.]CHANNEL[UNITS][@STEPS]=VALUE, e.g. f=0 or 0.i[3]@10-=*0.5")
      ->allow_extra_args(false);
}

checkpoint::ModelFile ModelOptions::load() const {
  checkpoint::ImportOptions options;
  if (!vocabulary.empty()) options.vocabulary = vocabulary;
  options.cell = cell;
  options.head = head;
  options.embedding = embedding;
  return checkpoint::load_model(model, options);
}

std::vector<int> ModelOptions::encode(const checkpoint::ModelFile& file, const std::string& bytes,
                                      const std::string& origin) const {
  const auto on_invalid = invalid == "replace" ? task::InvalidUtf8::replace : task::InvalidUtf8::error;
  return task::Vocabulary(file.vocabulary, model)
      .encode(origin.starts_with("--") ? task::decode_utf8(bytes, on_invalid, origin)
                                       : task::decode_text(bytes, on_invalid, origin),
              origin);
}

template <class S>
std::vector<nn::ForceRule> ModelOptions::force_on(nn::Network<S>& network) const {
  std::vector<nn::ForceRule> rules;
  try {
    for (const std::string& text : force) rules.push_back(nn::parse_force_rule(text));
    network.force(rules);
  } catch (const Error& error) {
    usage("{}", error.what());
  }
  return rules;
}

template std::vector<nn::ForceRule> ModelOptions::force_on(nn::Network<float>&) const;
template std::vector<nn::ForceRule> ModelOptions::force_on(nn::Network<double>&) const;

}  // namespace gatescope::app

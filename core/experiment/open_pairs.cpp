#include "core/experiment/open_pairs.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/experiment/learnt_file.h"
#include "core/experiment/task_file.h"
#include "core/experiment/task_kinds.h"
#include "core/nn/blocks.h"
#include "core/task/pair_lines.h"

namespace gatescope::experiment {

void set_pairs(TaskSpec& task, const std::string& path) {
  task.kind = kPairsTask;
  task.pair_file = path;
}

void give_decoder(nn::ModelSpec& model, nn::Attention attention) {
  constexpr Index usual_embedding = 32;
  if (model.embedding == 0) model.embedding = usual_embedding;
  model.decoder.emplace();
  nn::set_attention(model, attention);
  nn::drop_idle(model);
}

void give_decoders(Experiment& experiment, nn::Attention attention) {
  for (nn::ModelSpec& model : experiment.models)
    if (!model.decoder) give_decoder(model, attention);
}

void fit_models(Experiment& experiment) {
  if (kind_of(experiment.task).of_pairs) return give_decoders(experiment, nn::Attention::bahdanau);
  for (nn::ModelSpec& model : experiment.models) {
    model.decoder.reset();
    nn::drop_idle(model);
  }
}

OpenTask open_pairs(Experiment& experiment, const std::filesystem::path&, const std::optional<std::string>&) {
  TaskSpec& spec = experiment.task;
  const auto [path, bytes] = read_task_file(spec, spec.pair_file, "a source and a target in each line");
  std::optional<std::u32string> known;
  if (spec.has_learnt && spec.learnt_file) known = all_characters(spec.learnt_file->characters);
  task::PairText text = task::parse_pairs(bytes, path, spec.longest, spec.on_invalid(), known);
  spec.pair_file = path;
  OpenTask opened;
  if (text.left_out > 0)
    opened.notes.push_back(fmt::format(
        "{}: {} longer than {} characters and left out", path,
        text.left_out == 1 ? "1 pair is" : fmt::format("{} pairs are", text.left_out), spec.longest));
  const task::Split split = split_of(spec, path, text.digest, opened);
  const auto made = std::make_shared<const task::PairLines>(
      task::Data{.batch = experiment.training.batch, .seed = experiment.seed}, std::move(text), split);
  if (!spec.has_learnt)
    spec.learnt_file = LearntFile{.file = path,
                                  .data = made->text().digest,
                                  .bound = made->bound(),
                                  .characters = encode_utf8(made->text().characters),
                                  .longest = spec.longest};
  opened.task = made;
  return opened;
}

}  // namespace gatescope::experiment

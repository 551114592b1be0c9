#include "core/train/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "core/error.h"
#include "core/train/carried_states.h"

namespace gatescope::train {
namespace {

// Entries of the batch that one thread takes at a time: wide enough to use the packed weights well; where
// these are no matter, few, so that what they keep stays in a cache.
constexpr Index kShardWidth = 16, kNarrowShardWidth = 4;
// Parameters that one thread takes at a time.
constexpr Index kStretch = 1 << 14;

}  // namespace

Trainer::Trainer(const experiment::Experiment& experiment, std::shared_ptr<const task::Task> task,
                 int threads)
    : experiment_(experiment), task_(std::move(task)), pool_(std::max(1, threads)) {
  for (const nn::ModelSpec& spec : experiment_.models) {
    Model& model = models_.emplace_back(spec, task_->interface());
    model.network.initialise(Rng{experiment_.seed, models_.size()});
    const Index size = model.network.table().size();
    model.optimizer.resize(size);
    model.gradients.assign(static_cast<std::size_t>(size), 0.0f);
    model.before.assign(static_cast<std::size_t>(size), 0.0f);
    model.norms.resize(static_cast<std::size_t>(stretches(model)));
    model.clipped_norms.resize(model.norms.size());
    make_shards(model);
  }
  reports_.resize(models_.size());
  set_force(experiment_.force);
  task_->training_batch(0, batch_);
}

void Trainer::make_shards(Model& model) const {
  const Index batch = experiment_.training.batch;
  const Index width = model.network.cell().is_run_by_entries() ? kNarrowShardWidth : kShardWidth;
  for (Index first = 0; first < batch; first += width) {
    Shard shard;
    shard.first = first;
    shard.size = std::min(width, batch - first);
    model.held_out_shards.push_back(shard);
    shard.gradients.assign(static_cast<std::size_t>(model.network.table().size()), 0.0f);
    model.shards.push_back(std::move(shard));
  }
  model.traces = std::make_unique<Traces>(std::min(pool_.threads(), static_cast<int>(model.shards.size())));
}

void Trainer::set_force(const std::vector<nn::ForceRule>& rules) {
  experiment::Experiment changed = experiment_;
  changed.force = rules;
  std::vector<std::vector<nn::ForceRule>> concerned;
  for (const Model& model : models_)
    concerned.push_back(experiment::rules_for(changed, model.network.spec()));
  for (std::size_t m = 0; m < models_.size(); ++m) models_[m].network.force(concerned[m]);
  experiment_.force = rules;
}

int Trainer::stretches(const Model& model) const {
  return static_cast<int>((model.network.table().size() + kStretch - 1) / kStretch);
}

void Trainer::pack(Model& model) {
  if (model.packed) return;
  pool_.run(model.network.pieces(), [&](int piece) { model.network.prepare(piece); });
  model.packed = true;
}

/// Copies the shard's entries out of the batch.
void Trainer::take(const task::Batch& batch, const Model& model, Shard& shard) const {
  const auto copy = [&](const auto& from, auto& to, Index rows) {
    to.resize(from.empty() ? 0 : static_cast<std::size_t>(batch.steps * shard.size * rows));
    if (from.empty()) return;
    for (Index t = 0; t < batch.steps; ++t) {
      std::copy_n(from.begin() + (t * batch.size + shard.first) * rows, shard.size * rows,
                  to.begin() + t * shard.size * rows);
    }
  };
  const nn::Interface& interface = model.network.interface();
  copy(batch.tokens, shard.tokens, 1);
  copy(batch.classes, shard.classes, 1);
  copy(batch.values, shard.values, interface.inputs);
  copy(batch.target_values, shard.target_values, interface.outputs);
  copy(batch.scored, shard.scored, 1);
}

nn::LayerInput<float> Trainer::input_of(const Shard& shard) const {
  return {shard.tokens.empty() ? nullptr : shard.tokens.data(),
          shard.values.empty() ? nullptr : shard.values.data()};
}

void Trainer::begin_states(const Model& model, const Shard& shard, nn::Trace<float>& trace,
                           const task::Batch& batch) const {
  model.network.resize(trace, batch.steps, shard.size);
  if (batch.continues && shard.carries)
    begin_with(shard.carried, trace);
  else
    model.network.clear_states(trace);
}

void Trainer::carry_on(Shard& shard) {
  std::swap(shard.carried, shard.ended);
  shard.carries = true;
}

/// Forward, loss and backward of one shard.
void Trainer::run_shard(Model& model, std::size_t number, Shard& shard, double scale,
                        nn::Trace<float>& trace) const {
  take(batch_, model, shard);
  begin_states(model, shard, trace, batch_);
  std::optional<nn::DropoutKey> dropout;
  if (model.network.spec().dropout > 0 || experiment_.training.own_share > 0) {
    dropout = nn::DropoutKey{experiment_.seed ^ (std::uint64_t{number} << 32), updates_, shard.first,
                             experiment_.training.own_share};
  }
  model.network.forward(trace, input_of(shard), dropout);
  nn::score<float>(trace, model.network.interface().readout,
                   {shard.classes.data(), shard.target_values.data(), shard.scored.data()}, scale);
  std::fill(shard.gradients.begin(), shard.gradients.end(), 0.0f);
  model.network.backward(trace, input_of(shard), shard.gradients.data());
  shard.loss = trace.total_loss;
  keep_states(model.network, trace, shard.ended);
}

/// Adds up the shards' gradients, clips them by value and measures their norm.
void Trainer::reduce(Model& model, UpdateReport& report) {
  const auto clip = static_cast<float>(experiment_.training.clip_value);
  const Index size = model.network.table().size();
  pool_.run(stretches(model), [&](int stretch) {
    const Index first = stretch * kStretch, count = std::min(kStretch, size - first);
    const Kernels<float>& with = kernels<float>();
    float* sum = model.gradients.data() + first;
    std::copy_n(model.shards[0].gradients.data() + first, count, sum);
    for (std::size_t s = 1; s < model.shards.size(); ++s)
      with.add(sum, model.shards[s].gradients.data() + first, count);
    const auto k = static_cast<std::size_t>(stretch);
    model.norms[k] = model.clipped_norms[k] = static_cast<double>(with.sum_of_squares(sum, count));
    if (clip > 0 && std::isfinite(model.norms[k])) {
      with.clip(sum, clip, count);
      model.clipped_norms[k] = static_cast<double>(with.sum_of_squares(sum, count));
    }
  });
  double before = 0, after = 0;
  for (const double norm : model.norms) before += norm;
  for (const double norm : model.clipped_norms) after += norm;
  report.norm_before = std::sqrt(before);
  report.norm_after = std::sqrt(after);
}

bool Trainer::step() {
  not_finite_.reset();
  task_->training_batch(updates_, batch_);
  const double scored = static_cast<double>(std::max<Index>(1, batch_.scored_steps()));
  for (std::size_t m = 0; m < models_.size(); ++m) {
    Model& model = models_[m];
    UpdateReport& report = reports_[m];
    pack(model);
    pool_.run(static_cast<int>(model.shards.size()), [&](int s) {
      Traces::Lent lent(*model.traces);
      run_shard(model, m, model.shards[s], 1 / scored, *lent);
    });
    report.loss = 0;
    for (const Shard& shard : model.shards) report.loss += shard.loss / scored;
    reduce(model, report);
    if (!std::isfinite(report.loss) || !std::isfinite(report.norm_before)) {
      not_finite_ = NotFinite{model.network.spec().name, updates_ + 1, find_non_finite(model, m, 1 / scored)};
      return false;
    }
  }
  for (std::size_t m = 0; m < models_.size(); ++m) {
    if (update_parameters(models_[m], reports_[m])) continue;
    not_finite_ = NotFinite{models_[m].network.spec().name, updates_ + 1, "the weights", true};
    for (std::size_t changed = 0; changed <= m; ++changed) {
      models_[changed].network.parameters() = models_[changed].before;
      --models_[changed].optimizer.updates;
    }
    return false;
  }
  ++updates_;
  for (Model& model : models_) {
    for (Shard& shard : model.shards) carry_on(shard);
  }
  return true;
}

/// Clips by global norm as torch.nn.utils.clip_grad_norm_ and makes the update. False where it is not finite.
bool Trainer::update_parameters(Model& model, UpdateReport& report) {
  const experiment::TrainingSpec& training = experiment_.training;
  double& norm = report.norm_after;
  const double scale = training.clip_norm > 0 ? std::min(1.0, training.clip_norm / (norm + 1e-6)) : 1.0;
  norm *= scale;
  ++model.optimizer.updates;
  model.packed = false;
  const Index size = model.network.table().size();
  std::atomic<bool> finite = true;
  pool_.run(stretches(model), [&](int stretch) {
    const Index first = stretch * kStretch, last = std::min(first + kStretch, size);
    const float* parameters = model.network.parameters().data() + first;
    std::copy_n(parameters, last - first, model.before.data() + first);
    if (training.optimizer.weight_decay > 0)
      decay(training.optimizer, model.network.table(), model.network.parameters().data(), first, last);
    update(training.optimizer, model.optimizer, model.network.parameters().data(), model.gradients.data(),
           static_cast<float>(scale), first, last);
    if (!std::isfinite(kernels<float>().sum_of_magnitudes(parameters, last - first))) finite = false;
  });
  return finite;
}

/// How many of the targets there are are told right at every step.
void Trainer::count_exact(Shard& shard, const nn::Trace<float>& trace) {
  shard.targets = shard.exact = 0;
  for (Index b = 0; b < shard.size; ++b) {
    bool any = false, right = true;
    for (Index column = b; column < std::ssize(shard.classes); column += shard.size) {
      const int wanted = shard.classes[static_cast<std::size_t>(column)];
      if (wanted < 0) continue;
      any = true;
      right = right && trace.likeliest(column) == wanted;
    }
    shard.targets += any;
    shard.exact += any && right;
  }
}

std::vector<std::optional<double>> Trainer::held_out() {
  std::vector<std::optional<double>> means(models_.size());
  exact_match_.assign(models_.size(), {});
  const bool pairs = task_->interface().pairs;
  std::vector<Index> targets(models_.size(), 0), exact(models_.size(), 0);
  if (task_->held_out_batches() == 0) return means;
  std::vector<double> loss(models_.size(), 0);
  Index scored = 0;
  task::Batch batch;
  for (Index number = 0; number < task_->held_out_batches(); ++number) {
    task_->held_out_batch(number, batch);
    scored += batch.scored_steps();
    for (std::size_t m = 0; m < models_.size(); ++m) {
      Model& model = models_[m];
      pack(model);
      pool_.run(static_cast<int>(model.held_out_shards.size()), [&](int s) {
        Shard& shard = model.held_out_shards[s];
        take(batch, model, shard);
        Traces::Lent lent(*model.traces);
        nn::Trace<float>& trace = *lent;
        begin_states(model, shard, trace, batch);
        model.network.forward(trace, input_of(shard));
        nn::score<float>(trace, model.network.interface().readout,
                         {shard.classes.data(), shard.target_values.data(), shard.scored.data()}, 1);
        shard.loss = trace.total_loss;
        if (pairs) count_exact(shard, trace);
        keep_states(model.network, trace, shard.ended);
        carry_on(shard);
      });
      for (const Shard& shard : model.held_out_shards) {
        loss[m] += shard.loss;
        targets[m] += shard.targets;
        exact[m] += shard.exact;
      }
    }
  }
  for (std::size_t m = 0; m < models_.size(); ++m) {
    if (scored > 0) means[m] = loss[m] / static_cast<double>(scored);
    if (targets[m] > 0) exact_match_[m] = static_cast<double>(exact[m]) / static_cast<double>(targets[m]);
  }
  return means;
}

/// The first place, in the order of computation, where a number is not finite. The shards are run once more,
/// one after the other, each to be looked at.
std::string Trainer::find_non_finite(Model& model, std::size_t number, double scale) const {
  const auto finite = [](const auto& matrix) { return matrix.array().isFinite().all(); };
  const nn::ParameterTable& table = model.network.table();
  const auto first_bad = [&](const Buffer<float>& all) -> const nn::Parameter* {
    for (std::size_t k = 0; k < all.size(); ++k)
      if (!std::isfinite(all[k])) return &table.holding(static_cast<Index>(k));
    return nullptr;
  };
  if (const auto* p = first_bad(model.network.parameters())) return fmt::format("the weights {}", p->name);
  struct Place {
    std::size_t tape;
    Index step;
    int channel;
    auto operator<=>(const Place&) const = default;
  };
  const auto first_in = [&](const nn::Trace<float>& trace) -> std::optional<Place> {
    for (std::size_t k = 0; k < trace.tapes.size(); ++k)
      for (Index t = 0; t < trace.steps; ++t)
        for (int c = 0; c < static_cast<int>(trace.tapes[k].info().channels.size()); ++c)
          if (trace.tapes[k].keeps_values(c) &&
              !finite(trace.tapes[k].values(c).middleCols(t * trace.batch, trace.batch)))
            return Place{k, t, c};
    return std::nullopt;
  };
  std::optional<Place> first;
  bool outputs = true;
  for (Shard& shard : model.shards) {
    Traces::Lent lent(*model.traces);
    run_shard(model, number, shard, scale, *lent);
    const std::optional<Place> place = first_in(*lent);
    if (place && (!first || *place < *first)) first = place;
    outputs = outputs && finite((*lent).outputs);
  }
  if (first) {
    const int layer = model.network.layer_of(first->tape);
    const nn::Channel& channel = model.network.cell(layer).channels[first->channel];
    return fmt::format("the {} {} of layer {} at step {}", channel.name, channel.symbol, layer, first->step);
  }
  if (!outputs) return "the outputs";
  for (const Shard& shard : model.shards)
    if (!std::isfinite(shard.loss)) return "the loss";
  if (const auto* p = first_bad(model.gradients)) return fmt::format("the gradient of {}", p->name);
  return "the norm of the gradients, too large for single precision";
}

}  // namespace gatescope::train

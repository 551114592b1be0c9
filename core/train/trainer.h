#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/experiment/experiment.h"
#include "core/math/thread_pool.h"
#include "core/nn/network.h"
#include "core/train/optimizer.h"
#include "core/train/traces.h"

namespace gatescope::train {

/// What one update of one model came to.
struct UpdateReport {
  double loss = 0;  // mean over the scored steps of the batch; nats for softmax, squared error for linear
  double norm_before = 0;  // global norm of all gradients
  double norm_after = 0;   // after clipping
};

/// A loss or gradient that is no longer a number. The parameters are still those before the update.
struct NotFinite {
  std::string model;
  std::uint64_t update = 0;  // the update that was not made, from 1
  std::string place;         // "cell state c of layer 0 at step 12", "gradient of rnn.weight_hh_l0"
  /// The update led there, not what the parameters compute: a smaller one may be made from them.
  bool by_update = false;
};

/// Whether a state, by its metadata, is of a file of one's own that an older version split by drawing: it
/// goes on with that split alone.
bool has_drawn_split(const std::map<std::string, std::string>& metadata);

/// The parameters of a model in what Trainer::state() gave at some update, of so many numbers. Throws Error
/// where there are none.
Buffer<float> parameters_in(const checkpoint::Safetensors& state, std::size_t model, Index expected);

/// Trains one to four models in lockstep on the same batches.
///
/// The batch is cut into shards of a fixed width, and everything a thread computes belongs to one shard or to
/// one stretch of parameters; sums over shards are taken in their order. So the same experiment and seed give
/// the same bits whatever the number of threads.
class Trainer {
 public:
  /// The experiment is completed already (names and widths). Throws Error where it makes no sense.
  Trainer(const experiment::Experiment& experiment, std::shared_ptr<const task::Task> task, int threads);

  const experiment::Experiment& experiment() const { return experiment_; }
  const task::Task& task() const { return *task_; }
  std::size_t models() const { return models_.size(); }
  nn::Network<float>& network(std::size_t model) { return models_[model].network; }
  const nn::Network<float>& network(std::size_t model) const { return models_[model].network; }
  std::uint64_t updates() const { return updates_; }
  /// Characters (steps of sequences) that one update reads, a model.
  Index characters_per_update() const { return batch_.steps * batch_.size; }

  /// One update of every model. Where a model's loss, gradient or update is not finite, all models keep the
  /// parameters they had, and not_finite() says what happened; the next call tries the same update again,
  /// with the rate, clipping and rules that are in force then. (Only the optimizer's moments of an update
  /// that was too large have taken its gradient in.)
  bool step();
  const std::vector<UpdateReport>& reports() const { return reports_; }
  const std::optional<NotFinite>& not_finite() const { return not_finite_; }

  /// Mean loss over all scored held-out steps, a model; nothing where no data is held out.
  std::vector<std::optional<double>> held_out();
  /// Of pairs, at the last held_out(): the share of held-out targets that are right as a whole, a model. A
  /// network that reads its own answers has the same, for up to its first error both read the truth. Nothing
  /// of other tasks.
  const std::vector<std::optional<double>>& exact_match() const { return exact_match_; }

  /// Both may change between updates.
  void set_rate(double rate) { experiment_.training.optimizer.rate = rate; }
  void set_clip_norm(double norm) { experiment_.training.clip_norm = norm; }
  void set_pause_at_best(bool on) { experiment_.training.pause_at_best = on; }
  /// How many updates the run is to have.
  void set_goal(std::uint64_t updates) { experiment_.training.updates = updates; }
  /// Training goes on under these rules.
  void set_force(const std::vector<nn::ForceRule>& rules);

  /// Everything that a run needs to go on with the same bits: parameters, moments, carried states, the
  /// update.
  checkpoint::Safetensors state() const;
  /// The parameters of a model in what state() gave at some update; throws Error where there are none.
  Buffer<float> parameters_in(const checkpoint::Safetensors& state, std::size_t model) const;
  /// Throws Error where the state is not one of this experiment.
  void restore(const checkpoint::Safetensors& state, const std::string& origin);

 private:
  struct Shard {
    Index first = 0, size = 0;  // entries of the batch
    std::vector<int> tokens, classes;
    Buffer<float> values, target_values;
    std::vector<char> scored;
    Buffer<float> gradients;
    double loss = 0;               // the sum over scored steps
    Index targets = 0, exact = 0;  // of pairs that are held out: those there are, and right as a whole
    Buffer<float> carried;         // final states of the last batch, tape by tape: hidden, then cell state
    bool carries = false;
    Buffer<float> ended;  // final states of this batch, to be carried once its update is made
  };
  struct Model {
    explicit Model(const nn::ModelSpec& spec, const nn::Interface& interface) : network(spec, interface) {}
    nn::Network<float> network;
    OptimizerState<float> optimizer;
    Buffer<float> gradients;
    Buffer<float> before;                      // the parameters before the update, should it not be finite
    std::vector<double> norms, clipped_norms;  // squared, one a stretch
    std::vector<Shard> shards, held_out_shards;
    std::unique_ptr<Traces> traces;
    bool packed = false;
  };

  void make_shards(Model& model) const;
  void pack(Model& model);
  void take(const task::Batch& batch, const Model& model, Shard& shard) const;
  nn::LayerInput<float> input_of(const Shard& shard) const;
  void begin_states(const Model& model, const Shard& shard, nn::Trace<float>& trace,
                    const task::Batch& batch) const;
  static void carry_on(Shard& shard);
  static void count_exact(Shard& shard, const nn::Trace<float>& trace);
  static std::size_t block_of(const Shard& shard);
  static std::size_t blocks_of(const Model& model);
  template <class M, class Work>
  static void in_block(M& model, std::size_t block, Work work);
  static Buffer<float> carried_in(const Model& model, std::size_t block);
  static void carry(Model& model, std::size_t block, const Buffer<float>& all);
  void run_shard(Model& model, std::size_t number, Shard& shard, double scale, nn::Trace<float>& trace) const;
  void reduce(Model& model, UpdateReport& report);
  bool update_parameters(Model& model, UpdateReport& report);
  std::string find_non_finite(Model& model, std::size_t number, double scale) const;
  int stretches(const Model& model) const;

  experiment::Experiment experiment_;
  std::shared_ptr<const task::Task> task_;
  ThreadPool pool_;
  std::vector<Model> models_;
  std::vector<std::optional<double>> exact_match_;
  std::vector<UpdateReport> reports_;
  std::optional<NotFinite> not_finite_;
  task::Batch batch_;
  std::uint64_t updates_ = 0;
};

}  // namespace gatescope::train

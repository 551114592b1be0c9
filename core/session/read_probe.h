#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/observe/observe.h"
#include "core/session/snapshot.h"
#include "core/task/task.h"
#include "core/trace/watch.h"

namespace gatescope::session {

/// A model that a probe can be read with. Pointers and views are the caller's, for the time of the call.
struct ProbedModel {
  std::string name;
  const nn::Network<float>* network = nullptr;  // its parameters are copied
  std::vector<nn::ForceRule> rules;             // of the probe's, those that concern its cell
};

/// The most characters of a probe. A window shows every one of them, and keeps everything the models compute
/// over them; `gatescope trace` has no such limit.
inline constexpr std::int64_t kLongestProbe = 200'000;

/// What a reading takes, before it is begun.
struct ProbeCost {
  double bytes = 0;
  double products = 0;  // multiplications, for how long it takes
};
ProbeCost probe_cost(std::span<const ProbedModel> models, Index steps, bool loss_step);

/// Throws Error for a probe that is too long, or whose reading would take more memory than there is; it says
/// how much.
void check_probe(std::span<const ProbedModel> models, const Probe& probe);

/// The text a probe shows where nobody typed one: the first characters that the task reads, or, without a
/// task, what the first model writes.
std::string usual_text(const observe::Alphabet& alphabet, const task::Task* task,
                       const nn::Network<float>& first);

/// A model whose network is the reading's own, and is not prepared yet.
struct OwnModel {
  std::string name;
  std::shared_ptr<nn::Network<float>> network;
  std::vector<nn::ForceRule> rules;
};

/// A network with these parameters, which stays as it is while the other one learns on.
std::shared_ptr<nn::Network<float>> copy_of(const nn::Network<float>& network);

/// read_probe a piece at a time, to the same bits.
class ProbeReader {
 public:
  /// What is pointed to outlives it. Throws what read_probe does.
  ProbeReader(std::vector<OwnModel> models, observe::Alphabet alphabet, const task::Task* task, Probe probe,
              std::uint64_t seed, bool writing, trace::Watch* watch);
  ProbeReader(const ProbeReader&) = delete;
  ProbeReader& operator=(const ProbeReader&) = delete;
  ~ProbeReader();

  /// As much as takes about `products` multiplications, of one model. False: that was the last piece.
  bool advance(double products);
  /// After the last piece.
  Readings take() { return std::move(readings_); }

 private:
  /// What is done with a model, in this order; each a piece or more.
  enum class Part { prepare, write_naturally, observe, observe_loss, write, next };
  struct Writer;

  bool do_part(Index steps);
  bool write(Index steps, std::string& to);
  void begin_observing(const trace::LossAt& loss);
  void take_own_target(const observe::Observation<float>& observation);

  std::vector<OwnModel> models_;
  observe::Alphabet alphabet_;
  std::uint64_t seed_;
  bool writing_;
  trace::Watch* watch_;
  std::vector<int> characters_;
  observe::Stimulus stimulus_;
  Index steps_ = 0;
  trace::LossAt loss_;  // of the step alone that is asked for
  std::size_t model_ = 0;
  Part part_ = Part::prepare;
  int prepared_ = 0;  // pieces of the network
  std::unique_ptr<Writer> writer_;
  std::optional<observe::Observing<float>> observing_;
  Readings readings_;
};

/// Reads the probe with every model, with the rules and (where one concerns the model) without; with
/// `writing`, the models go on writing after it. A sequence that is no text is the one given, else from the
/// task's held-out data, else an impulse. Throws Error for a text that is too short or has an unknown
/// character, a rule that does not fit, a step that does not exist, and a reading that would take too much
/// memory; Stopped where `watch` says so.
Readings read_probe(std::span<const ProbedModel> models, const observe::Alphabet& alphabet,
                    const task::Task* task, Probe probe, std::uint64_t seed, bool writing,
                    trace::Watch* watch = nullptr);

}  // namespace gatescope::session

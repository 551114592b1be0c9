// What a run needs to go on with the same bits: one safetensors file beside the models.

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/train/trainer.h"

namespace gatescope::train {
namespace {

std::string prefix(std::size_t model) {
  return fmt::format("model{}.", model);
}

}  // namespace

checkpoint::Safetensors Trainer::state() const {
  checkpoint::Safetensors file;
  file.metadata["format"] = "gatescope training state";
  file.metadata["updates"] = std::to_string(updates_);
  file.metadata["data"] = std::to_string(task_->fingerprint());
  const auto add = [&](const std::string& name, const Buffer<float>& values) {
    file.tensors.push_back(checkpoint::make_tensor(name, {static_cast<std::int64_t>(values.size())},
                                                   std::span<const float>(values.data(), values.size())));
  };
  for (std::size_t m = 0; m < models_.size(); ++m) {
    const Model& model = models_[m];
    add(prefix(m) + "parameters", model.network.parameters());
    add(prefix(m) + "optimizer.first", model.optimizer.first);
    add(prefix(m) + "optimizer.second", model.optimizer.second);
    for (std::size_t s = 0; s < model.shards.size(); ++s) {
      if (model.shards[s].carries) add(fmt::format("{}carried.{}", prefix(m), s), model.shards[s].carried);
    }
  }
  return file;
}

void Trainer::restore(const checkpoint::Safetensors& state, const std::string& origin) {
  const auto count = state.metadata.find("updates");
  if (count == state.metadata.end() || count->second.empty() || count->second.size() > 18 ||
      count->second.find_first_not_of("0123456789") != std::string::npos) {
    fail("{}: it is no training state of Gatescope: its metadata has no number of updates", origin);
  }
  const auto data = state.metadata.find("data");
  if (data == state.metadata.end() || data->second != std::to_string(task_->fingerprint())) {
    fail("{}: the run began with other data: its text was changed since", origin);
  }
  const auto take = [&](const std::string& name, std::size_t size) {
    const checkpoint::Tensor* tensor = state.find(name);
    if (!tensor) fail("{}: the tensor '{}' is missing; the state is of another experiment", origin, name);
    const std::vector<float> values = checkpoint::to_floats(*tensor);
    if (values.size() != size) {
      fail("{}: the tensor '{}' has {} values, expected {}; the state is of another experiment", origin, name,
           values.size(), size);
    }
    return Buffer<float>(values.begin(), values.end());
  };
  // Read everything before anything is changed.
  struct Read {
    Buffer<float> parameters, first, second;
    std::vector<Buffer<float>> carried;
  };
  std::vector<Read> read;
  for (std::size_t m = 0; m < models_.size(); ++m) {
    const Model& model = models_[m];
    const std::size_t size = model.network.parameters().size();
    Read& r = read.emplace_back(Read{take(prefix(m) + "parameters", size),
                                     take(prefix(m) + "optimizer.first", size),
                                     take(prefix(m) + "optimizer.second", size),
                                     {}});
    const Index states = model.network.cell().cell_state == nn::kNone ? 1 : 2;
    const Index tapes = model.network.spec().layers * model.network.directions();
    for (std::size_t s = 0; s < model.shards.size(); ++s) {
      const std::string name = fmt::format("{}carried.{}", prefix(m), s);
      const auto entries =
          static_cast<std::size_t>(states * tapes * model.network.spec().hidden * model.shards[s].size);
      r.carried.push_back(state.find(name) ? take(name, entries) : Buffer<float>{});
    }
  }
  updates_ = std::stoull(count->second);
  not_finite_.reset();
  for (std::size_t m = 0; m < models_.size(); ++m) {
    Model& model = models_[m];
    model.network.parameters() = std::move(read[m].parameters);
    model.optimizer.first = std::move(read[m].first);
    model.optimizer.second = std::move(read[m].second);
    model.optimizer.updates = updates_;
    for (std::size_t s = 0; s < model.shards.size(); ++s) {
      model.shards[s].carried = std::move(read[m].carried[s]);
      model.shards[s].carries = !model.shards[s].carried.empty();
    }
    model.packed = false;
  }
}

}  // namespace gatescope::train

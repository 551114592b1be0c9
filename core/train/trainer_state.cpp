// What a run needs to go on with the same bits: one safetensors file beside the models.

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/error.h"
#include "core/experiment/task_kinds.h"
#include "core/json/json_reader.h"
#include "core/nn/blocks.h"
#include "core/nn/model_spec_json.h"
#include "core/task/split.h"
#include "core/train/trainer.h"

namespace gatescope::train {
namespace {

using nlohmann::json;

/// Of files of one's own, in what a state began with.
constexpr std::array<std::string_view, 2> kFingerprints{"/task/lines", "/task/pair_file"};

std::string prefix(std::size_t model) {
  return fmt::format("model{}.", model);
}

/// What a state means nothing without: the data, and what gives its numbers their places. The rest (rates,
/// clipping, the goal, rules) may change on the way.
json began_with(const experiment::Experiment& e, const task::Task& task) {
  json models = json::array();
  for (const nn::ModelSpec& model : e.models) {
    models.push_back({{"cell", model.cell},
                      {"hidden", model.hidden},
                      {"layers", model.layers},
                      {"bidirectional", model.bidirectional},
                      {"embedding", model.embedding}});
    // As nn::to_json: states of older programs do not have these.
    if (model.heads != 1) models.back()["heads"] = model.heads;
    for (const nn::LayerSwitch& option : nn::layer_switches())
      if (model.*option.on) models.back()[option.key] = true;
    if (model.conv != 0) models.back()["conv"] = model.conv;
    const json spec = nn::to_json(model);
    for (const char* key : {"last_norm", "norm_epsilon"})
      if (spec.contains(key)) models.back()[key] = spec[key];
    if (model.decoder) models.back()["decoder"] = spec["decoder"];
  }
  const json written = experiment::to_json(e);
  const json& training = written["training"];
  return {{"task", experiment::identity_of(e.task, task)},
          {"models", models},
          {"training",
           {{"optimizer", {{"rule", training["optimizer"]["rule"]}}},
            {"batch", training["batch"]},
            {"steps", training["steps"]},
            {"bptt", training["bptt"]}}},
          {"seed", e.seed}};
}

/// Throws Error for the first value that is not what the state began with.
void check_same(const json& began, const json& now, const std::string& pointer, const std::string& origin) {
  if (began == now) return;
  if (began.is_object() && now.is_object()) {
    for (const auto& item : now.items()) {
      check_same(began.value(item.key(), json()), item.value(), pointer_to(pointer, item.key()), origin);
    }
    fail("{}: the state is of a newer version of Gatescope, or damaged: its metadata say more of {}", origin,
         pointer.empty() ? "the experiment" : pointer);
  }
  if (began.is_array() && now.is_array()) {
    if (began.size() != now.size())
      fail("{}: the state is of another experiment: it has {} models, not {}", origin, began.size(),
           now.size());
    for (std::size_t k = 0; k < now.size(); ++k)
      check_same(began[k], now[k], pointer_to(pointer, std::to_string(k)), origin);
    return;
  }
  if (pointer == "/task/sha256")
    fail("{}: the run began with other data: its text was changed since", origin);
  if (std::ranges::find(kFingerprints, pointer) != kFingerprints.end())
    fail("{}: the run began with other data: its file was changed since ({} now, {} when the run began)",
         origin, shown(now), shown(began));
  fail("{}: the state is of another experiment: {} is {} now, but was {} when the run began", origin, pointer,
       shown(now), shown(began));
}

void check_beginning(const std::map<std::string, std::string>& metadata, const experiment::Experiment& e,
                     const task::Task& task, const std::string& origin) {
  if (const auto found = metadata.find("began_with"); found != metadata.end()) {
    const json began = parse_json(found->second, origin + ": metadata began_with");
    if (!began.is_object()) fail("{}: metadata began_with is {}, expected an object", origin, shown(began));
    check_same(began, began_with(e, task), "", origin);
    return;
  }
  // Older states tell the data by the characters' numbers alone; the next save writes them anew.
  const auto data = metadata.find("data");
  if (data == metadata.end() || data->second != std::to_string(task.old_fingerprint()))
    fail("{}: the run began with other data: its text was changed since", origin);
}

}  // namespace

bool has_drawn_split(const std::map<std::string, std::string>& metadata) {
  const auto found = metadata.find("began_with");
  if (found == metadata.end()) return false;
  const json began = parse_json(found->second, "metadata began_with");
  for (const std::string_view pointer : kFingerprints) {
    const json::json_pointer at{std::string(pointer)};
    if (began.contains(at) && began.at(at).is_string())
      return task::is_of_drawing(began.at(at).get_ref<const std::string&>());
  }
  return false;
}

// What a batch carries over stands in files by blocks of 16 entries, whatever the shards.
std::size_t Trainer::block_of(const Shard& shard) {
  constexpr Index kBlockWidth = 16;
  return static_cast<std::size_t>(shard.first / kBlockWidth);
}

std::size_t Trainer::blocks_of(const Model& model) {
  return block_of(model.shards.back()) + 1;
}

/// Calls work(its shards, one of their states as its place in `carried`, how many of its numbers) for a
/// block, in the block's order: state by state, shard by shard.
template <class M, class Work>
void Trainer::in_block(M& model, std::size_t block, Work work) {
  Index place = 0;  // of the state in an entry
  for (int layer = 0; layer < model.network.layers(); ++layer) {
    const nn::Sizes& sizes = model.network.sizes()[static_cast<std::size_t>(layer)];
    for (int direction = 0; direction < (model.network.has_backward(layer) ? 2 : 1); ++direction)
      for (const nn::State& state : model.network.cell(layer).states) {
        const Index width = sizes(model.network.cell(layer).channels[state.channel].extent);
        for (auto& shard : model.shards)
          if (block_of(shard) == block) work(shard, place * shard.size, width * shard.size);
        place += width;
      }
  }
}

/// The block's carried states; empty where they begin anew.
Buffer<float> Trainer::carried_in(const Model& model, std::size_t block) {
  Buffer<float> all;
  in_block(model, block, [&](const Shard& shard, Index first, Index count) {
    if (shard.carries)
      all.insert(all.end(), shard.carried.begin() + first, shard.carried.begin() + first + count);
  });
  return all;
}

void Trainer::carry(Model& model, std::size_t block, const Buffer<float>& all) {
  auto next = all.begin();
  in_block(model, block, [&](Shard& shard, Index first, Index count) {
    shard.carries = !all.empty();
    if (!shard.carries) return;
    shard.carried.resize(static_cast<std::size_t>(model.network.state_numbers() * shard.size));
    std::copy_n(next, count, shard.carried.begin() + first);
    next += count;
  });
}

checkpoint::Safetensors Trainer::state() const {
  checkpoint::Safetensors file;
  file.metadata["format"] = "gatescope training state";
  file.metadata["updates"] = std::to_string(updates_);
  file.metadata["began_with"] = began_with(experiment_, *task_).dump();
  const auto add = [&](const std::string& name, const Buffer<float>& values) {
    file.tensors.push_back(checkpoint::make_tensor(name, {static_cast<std::int64_t>(values.size())},
                                                   std::span<const float>(values.data(), values.size())));
  };
  for (std::size_t m = 0; m < models_.size(); ++m) {
    const Model& model = models_[m];
    add(prefix(m) + "parameters", model.network.parameters());
    add(prefix(m) + "optimizer.first", model.optimizer.first);
    add(prefix(m) + "optimizer.second", model.optimizer.second);
    for (std::size_t block = 0; block < blocks_of(model); ++block)
      if (Buffer<float> carried = carried_in(model, block); !carried.empty())
        add(fmt::format("{}carried.{}", prefix(m), block), carried);
  }
  return file;
}

Buffer<float> parameters_in(const checkpoint::Safetensors& state, std::size_t model, Index expected) {
  const checkpoint::Tensor* tensor = state.find(prefix(model) + "parameters");
  const std::vector<float> values = tensor ? checkpoint::to_floats(*tensor) : std::vector<float>{};
  if (std::ssize(values) != expected)
    fail("the state is of another experiment: it has no parameters of model {}", model + 1);
  return {values.begin(), values.end()};
}

Buffer<float> Trainer::parameters_in(const checkpoint::Safetensors& state, std::size_t model) const {
  return train::parameters_in(state, model, models_[model].network.table().size());
}

void Trainer::restore(const checkpoint::Safetensors& state, const std::string& origin) {
  const auto count = state.metadata.find("updates");
  if (count == state.metadata.end() || count->second.empty() || count->second.size() > 18 ||
      count->second.find_first_not_of("0123456789") != std::string::npos) {
    fail("{}: it is no training state of Gatescope: its metadata has no number of updates", origin);
  }
  check_beginning(state.metadata, experiment_, *task_, origin);
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
    for (std::size_t block = 0; block < blocks_of(model); ++block) {
      const std::string name = fmt::format("{}carried.{}", prefix(m), block);
      Index entries = 0;
      for (const Shard& shard : model.shards)
        if (block_of(shard) == block) entries += shard.size;
      r.carried.push_back(state.find(name)
                              ? take(name, static_cast<std::size_t>(model.network.state_numbers() * entries))
                              : Buffer<float>{});
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
    for (std::size_t block = 0; block < blocks_of(model); ++block)
      carry(model, block, read[m].carried[block]);
    model.packed = false;
  }
}

}  // namespace gatescope::train

#include "core/checkpoint/mamba_dict.h"

// The format, with D numbers between layers, H units, N of each, R of the step, V characters:
//   embedding.weight (V, D)                    also embeddings.weight
//   layers.L.norm.weight (D)
//   layers.L.mixer.in_proj.weight (2 H, D)     v, then z
//   layers.L.mixer.conv1d.weight (H, 1, 4), .bias (H)
//   layers.L.mixer.x_proj.weight (R + 2 N, H)  r, B, C
//   layers.L.mixer.dt_proj.weight (H, R), .bias (H)
//   layers.L.mixer.A_log (H, N), layers.L.mixer.D (H)
//   layers.L.mixer.out_proj.weight (D, H)
//   norm_f.weight (D)
//   lm_head.weight (V, D)                      missing where it is the embedding
// behind a prefix that may be "backbone." or any other; lm_head has none, or that of the backbone.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/checkpoint/dict_reader.h"
#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::checkpoint {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::string_view kLayers = "layers.";
constexpr Index kTaps = 4;
constexpr double kEpsilon = 1e-5;

/// The A_log of some layer, (H, N), or null.
const Tensor* find_A(const std::vector<Tensor>& tensors) {
  const auto found = std::ranges::find_if(tensors, [](const Tensor& tensor) {
    return tensor.name.ends_with(".mixer.A_log") && tensor.name.rfind(kLayers) != std::string::npos &&
           tensor.shape.size() == 2;
  });
  return found == tensors.end() ? nullptr : &*found;
}

class MambaDict : DictReader {
 public:
  MambaDict(ModelFile& file, std::string_view origin) : DictReader(file, origin) {}

  std::map<std::string, std::string> run(const ImportOptions& options) {
    check_told(options, "a Mamba", "mamba");
    const std::string& name = find_A(file_.tensors)->name;
    prefix_ = name.substr(0, name.rfind(kLayers));
    tell_sizes();
    take_as(prefix_ + "norm_f.weight", "norm.weight", {width_});
    for (int layer = 0; layer < file_.spec.layers; ++layer) take_layer(layer);
    take_embedding_and_head();
    auto given = finish(fmt::format("a Mamba of {} layers", file_.spec.layers));
    note("a Mamba of {} layers; its norms add 1e-5, as its authors have it, which the file does not say",
         file_.spec.layers);
    return given;
  }

 private:
  std::string of_layer(int layer, std::string_view name) const {
    return fmt::format("{}{}{}.{}", prefix_, kLayers, layer, name);
  }

  void tell_sizes() {
    nn::ModelSpec& spec = file_.spec;
    spec.layers = count_layers(prefix_ + std::string(kLayers));
    const auto &memories = matrix(of_layer(0, "mixer.A_log"), "[units, memories]").shape,
               &leaves = matrix(of_layer(0, "mixer.out_proj.weight"), "[width, units]").shape;
    units_ = memories[0], memories_ = memories[1], width_ = leaves[0];
    if (units_ > nn::kMaxHidden || width_ > nn::kMaxHidden || memories_ > nn::kMaxStateSize)
      fail("{}: it has {} units of {} memories and {} numbers between layers, expected at most {}, {} and {}",
           origin_, units_, memories_, width_, nn::kMaxHidden, nn::kMaxStateSize, nn::kMaxHidden);
    spec.cell = "mamba";
    spec.hidden = units_;
    spec.width = width_;
    spec.embedding = width_;
    spec.state_size = memories_;
    spec.norm = spec.projection = spec.residual = true;
    spec.last_norm = nn::Norm::rms;
    spec.norm_epsilon = kEpsilon;
  }

  /// A tensor of that shape.
  Tensor take_shaped(const std::string& name, const Shape& shape) {
    const Tensor& tensor = need(name, shape_text(shape));
    if (tensor.shape != shape) refuse_shape(tensor, shape_text(shape));
    return take(name);
  }
  void take_as(const std::string& name, const std::string& ours, const Shape& shape) {
    give(take_shaped(name, shape), ours, name);
  }

  void take_layer(int layer) {
    const Index rank = (width_ + 15) / 16;
    const auto theirs = [&](std::string_view name) { return of_layer(layer, name); };
    const auto ours = [&](std::string_view name) { return fmt::format("rnn.{}_l{}", name, layer); };
    struct Row {
      std::string_view theirs, ours;
      Shape shape;
    };
    for (const Row& row :
         std::initializer_list<Row>{{"norm.weight", "norm_weight", {width_}},
                                    {"mixer.in_proj.weight", "weight_ih", {2 * units_, width_}},
                                    {"mixer.conv1d.bias", "conv1d_bias", {units_}},
                                    {"mixer.dt_proj.weight", "weight_dt", {units_, rank}},
                                    {"mixer.dt_proj.bias", "bias_dt", {units_}},
                                    {"mixer.A_log", "A_log", {units_, memories_}},
                                    {"mixer.D", "D", {units_}},
                                    {"mixer.out_proj.weight", "out_weight", {width_, units_}}})
      take_as(theirs(row.theirs), ours(row.ours), row.shape);
    Tensor taps = take_shaped(theirs("mixer.conv1d.weight"), {units_, 1, kTaps});
    taps.shape = {units_, kTaps};
    give(std::move(taps), ours("conv1d_weight"), theirs("mixer.conv1d.weight"));
    take_rows(theirs("mixer.x_proj.weight"),
              {{ours("weight_r"), rank}, {ours("weight_B"), memories_}, {ours("weight_C"), memories_}});
  }

  /// One matrix whose rows are those of several of ours.
  void take_rows(const std::string& name, const std::vector<std::pair<std::string, Index>>& parts) {
    Index rows = 0;
    for (const auto& [ours, count] : parts) rows += count;
    const Tensor all = take_shaped(name, {rows, units_});
    const std::size_t row = static_cast<std::size_t>(units_) * width(all.dtype);
    std::size_t at = 0;
    for (const auto& [ours, count] : parts) {
      const std::size_t size = static_cast<std::size_t>(count) * row;
      give({.dtype = all.dtype, .shape = {count, units_}, .bytes = all.bytes.substr(at, size)}, ours, name);
      at += size;
    }
  }

  void take_embedding_and_head() {
    std::string name = prefix_ + "embedding.weight";
    if (!find(name) && find(prefix_ + "embeddings.weight")) name = prefix_ + "embeddings.weight";
    const Index characters = matrix(name, fmt::format("[characters, {}]", width_)).shape[0];
    Tensor embedding = take_shaped(name, {characters, width_});
    std::string head = "lm_head.weight";
    if (!find(head) && find(prefix_ + head)) head = prefix_ + head;
    if (find(head)) {
      take_as(head, "head.weight", {characters, width_});
    } else {
      give(embedding, "head.weight", name);
      note("the matrix of {} is used for embedding and read-out (tied weights)", in_quotes(name));
    }
    give(std::move(embedding), "embedding.weight", name);
    give_zeros("head.bias", characters);
    file_.interface.inputs = file_.interface.outputs = characters;
  }

  std::string prefix_;
  Index units_ = 0, memories_ = 0, width_ = 0;
};

}  // namespace

bool is_mamba(const std::vector<Tensor>& tensors) {
  return find_A(tensors) != nullptr;
}

std::map<std::string, std::string> adopt_mamba(ModelFile& file, std::string_view origin,
                                               const ImportOptions& options) {
  return MambaDict(file, origin).run(options);
}

}  // namespace gatescope::checkpoint

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
#include <charconv>
#include <utility>

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

class MambaDict {
 public:
  MambaDict(ModelFile& file, std::string_view origin, const ImportOptions& options)
      : file_(file), origin_(fmt::format("'{}'", origin)), options_(options) {}

  std::map<std::string, std::string> run() {
    check_options();
    find_prefix();
    tell_sizes();
    take_vector(prefix_ + "norm_f.weight", "norm.weight", width_);
    for (int layer = 0; layer < file_.spec.layers; ++layer) take_layer(layer);
    take_embedding_and_head();
    if (!file_.tensors.empty()) {
      const Tensor& left = file_.tensors.front();
      fail("{}: the tensor {} of shape {} belongs to nothing in a Mamba of {} layers", origin_,
           in_quotes(left.name), shape_text(left.shape), file_.spec.layers);
    }
    file_.tensors = std::move(ours_);
    note("a Mamba of {} layers; its norms add 1e-5, as its authors have it, which the file does not say",
         file_.spec.layers);
    return std::move(given_);
  }

 private:
  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    file_.notes.push_back(fmt::format("{}: {}", origin_, fmt::format(format, std::forward<Args>(args)...)));
  }

  void check_options() const {
    if (!options_.cell.empty() && options_.cell != "mamba")
      fail("{} is a Mamba by its names, so that the cell {} cannot be right, expected mamba", origin_,
           options_.cell);
    if (!options_.head.empty() || !options_.embedding.empty())
      fail("{} is a Mamba, whose names say what read-out and embedding are: neither is to be named", origin_);
  }

  const Tensor* find(const std::string& name) const {
    const auto found = std::ranges::find(file_.tensors, name, &Tensor::name);
    return found == file_.tensors.end() ? nullptr : &*found;
  }

  void find_prefix() {
    const std::string& name = find_A(file_.tensors)->name;
    prefix_ = name.substr(0, name.rfind(kLayers));
    int layers = 0;
    const std::string before = prefix_ + std::string(kLayers);
    for (const Tensor& tensor : file_.tensors) {
      int number = 0;
      if (!tensor.name.starts_with(before)) continue;
      std::from_chars(tensor.name.data() + before.size(), tensor.name.data() + tensor.name.size(), number);
      layers = std::max(layers, std::min(number, nn::kMaxLayers) + 1);
    }
    if (layers > nn::kMaxLayers)
      fail("{}: it has more than {} layers, expected at most these", origin_, nn::kMaxLayers);
    file_.spec.layers = layers;
  }

  std::string of_layer(int layer, std::string_view name) const {
    return fmt::format("{}layers.{}.{}", prefix_, layer, name);
  }

  /// A matrix of layer 0, whose shape says sizes.
  const Shape& shape_of(std::string_view name, std::string_view expected) const {
    const std::string whole = of_layer(0, name);
    const Tensor* tensor = find(whole);
    if (!tensor)
      fail("{}: the tensor {} is missing, expected the shape {}", origin_, in_quotes(whole), expected);
    if (tensor->shape.size() != 2 || tensor->shape[0] < 1 || tensor->shape[1] < 1)
      fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(whole),
           shape_text(tensor->shape), expected);
    return tensor->shape;
  }

  void tell_sizes() {
    nn::ModelSpec& spec = file_.spec;
    const Shape &memories = shape_of("mixer.A_log", "[units, memories]"),
                &leaves = shape_of("mixer.out_proj.weight", "[width, units]");
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

  /// Takes a tensor of that shape out of the file.
  Tensor take(const std::string& name, const Shape& shape) {
    const auto found = std::ranges::find(file_.tensors, name, &Tensor::name);
    if (found == file_.tensors.end())
      fail("{}: the tensor {} is missing, expected the shape {}", origin_, in_quotes(name),
           shape_text(shape));
    if (found->shape != shape)
      fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(name), shape_text(found->shape),
           shape_text(shape));
    Tensor tensor = std::move(*found);
    file_.tensors.erase(found);
    return tensor;
  }
  void give(Tensor tensor, std::string name, const std::string& given) {
    given_[name] = given;
    tensor.name = std::move(name);
    ours_.push_back(std::move(tensor));
  }
  void take_vector(const std::string& name, const std::string& ours, Index size) {
    give(take(name, {size}), ours, name);
  }
  void take_matrix(const std::string& name, const std::string& ours, Index rows, Index columns) {
    give(take(name, {rows, columns}), ours, name);
  }

  void take_layer(int layer) {
    const Index rank = (width_ + 15) / 16;
    const auto theirs = [&](const char* name) { return of_layer(layer, name); };
    const auto ours = [&](const char* name) { return fmt::format("rnn.{}_l{}", name, layer); };
    take_vector(theirs("norm.weight"), ours("norm_weight"), width_);
    take_matrix(theirs("mixer.in_proj.weight"), ours("weight_ih"), 2 * units_, width_);
    Tensor taps = take(theirs("mixer.conv1d.weight"), {units_, 1, kTaps});
    taps.shape = {units_, kTaps};
    give(std::move(taps), ours("conv1d_weight"), theirs("mixer.conv1d.weight"));
    take_vector(theirs("mixer.conv1d.bias"), ours("conv1d_bias"), units_);
    take_rows(theirs("mixer.x_proj.weight"),
              {{ours("weight_r"), rank}, {ours("weight_B"), memories_}, {ours("weight_C"), memories_}});
    take_matrix(theirs("mixer.dt_proj.weight"), ours("weight_dt"), units_, rank);
    take_vector(theirs("mixer.dt_proj.bias"), ours("bias_dt"), units_);
    take_matrix(theirs("mixer.A_log"), ours("A_log"), units_, memories_);
    take_vector(theirs("mixer.D"), ours("D"), units_);
    take_matrix(theirs("mixer.out_proj.weight"), ours("out_weight"), width_, units_);
  }

  /// One matrix whose rows are those of several of ours.
  void take_rows(const std::string& name, const std::vector<std::pair<std::string, Index>>& parts) {
    Index rows = 0;
    for (const auto& [ours, count] : parts) rows += count;
    const Tensor all = take(name, {rows, units_});
    const std::size_t row = static_cast<std::size_t>(units_) * width(all.dtype);
    std::size_t at = 0;
    for (const auto& [ours, count] : parts) {
      const std::size_t size = static_cast<std::size_t>(count) * row;
      give({ours, all.dtype, {count, units_}, all.bytes.substr(at, size)}, ours, name);
      at += size;
    }
  }

  void take_embedding_and_head() {
    std::string name = prefix_ + "embedding.weight";
    if (!find(name) && find(prefix_ + "embeddings.weight")) name = prefix_ + "embeddings.weight";
    const Tensor* found = find(name);
    const std::string expected = fmt::format("[characters, {}]", width_);
    if (!found)
      fail("{}: the tensor {} is missing, expected the shape {}", origin_, in_quotes(name), expected);
    if (found->shape.size() != 2 || found->shape[0] < 1)
      fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(name), shape_text(found->shape),
           expected);
    const Index characters = found->shape[0];
    Tensor embedding = take(name, {characters, width_});
    std::string head = "lm_head.weight";
    if (!find(head) && find(prefix_ + head)) head = prefix_ + head;
    if (find(head)) {
      take_matrix(head, "head.weight", characters, width_);
    } else {
      give(embedding, "head.weight", name);
      note("the matrix of {} is used for embedding and read-out (tied weights)", in_quotes(name));
    }
    give(std::move(embedding), "embedding.weight", name);
    give(make_tensor("", {characters}, std::vector<float>(static_cast<std::size_t>(characters))), "head.bias",
         "lm_head.bias");
    file_.interface.inputs = file_.interface.outputs = characters;
  }

  ModelFile& file_;
  std::string origin_;
  const ImportOptions& options_;
  std::string prefix_;
  Index units_ = 0, memories_ = 0, width_ = 0;
  std::vector<Tensor> ours_;
  std::map<std::string, std::string> given_;
};

}  // namespace

bool is_mamba(const std::vector<Tensor>& tensors) {
  return find_A(tensors) != nullptr;
}

std::map<std::string, std::string> adopt_mamba(ModelFile& file, std::string_view origin,
                                               const ImportOptions& options) {
  return MambaDict(file, origin, options).run();
}

}  // namespace gatescope::checkpoint

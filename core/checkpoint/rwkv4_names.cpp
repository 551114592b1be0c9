#include "core/checkpoint/rwkv4_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/in_quotes.h"

namespace gatescope::checkpoint {
namespace {

struct Names {
  std::string_view theirs, ours;
};
/// Behind "blocks.I.", and between "rnn." and "_lI".
constexpr std::array<Names, 18> kNamesOfBlock{{
    {"ln1.weight", "time_norm_weight"},
    {"ln1.bias", "time_norm_bias"},
    {"att.time_mix_k", "mu_k"},
    {"att.time_mix_v", "mu_v"},
    {"att.time_mix_r", "mu_r"},
    {"att.time_decay", "decay"},
    {"att.time_first", "bonus"},
    {"att.key.weight", "weight_k"},
    {"att.value.weight", "weight_v"},
    {"att.receptance.weight", "weight_r"},
    {"att.output.weight", "weight_o"},
    {"ln2.weight", "channel_norm_weight"},
    {"ln2.bias", "channel_norm_bias"},
    {"ffn.time_mix_k", "nu_z"},
    {"ffn.time_mix_r", "nu_q"},
    {"ffn.key.weight", "weight_z"},
    {"ffn.receptance.weight", "weight_q"},
    {"ffn.value.weight", "weight_a"},
}};
constexpr std::array<Names, 3> kNamesOutside{{
    {"ln_out.weight", "norm.weight"},
    {"ln_out.bias", "norm.bias"},
    {"head.weight", "head.weight"},
}};
constexpr std::string_view kBlocks = "blocks.", kFirst = "blocks.0.att.time_decay";

class Rwkv4Names {
 public:
  Rwkv4Names(ModelFile& file, std::string_view origin)
      : file_(file), origin_(fmt::format("'{}'", origin)), tensors_(std::move(file.tensors)) {
    file_.tensors.clear();
    for (const Tensor& tensor : tensors_)
      if (tensor.name.ends_with(kFirst)) prefix_ = tensor.name.substr(0, tensor.name.size() - kFirst.size());
  }

  std::map<std::string, std::string> run() {
    tell_model();
    take_embedding();
    const auto width = static_cast<std::size_t>(width_);
    std::vector<float> identity(width * width);
    for (std::size_t k = 0; k < width; ++k) identity[k * width + k] = 1;
    for (int block = 0; block < file_.spec.layers; ++block) {
      const auto ours = [&](std::string_view name) { return fmt::format("rnn.{}_l{}", name, block); };
      add(ours("weight_ih"), {width_, width_}, identity);
      add(ours("bias_ih"), {width_}, std::vector<float>(width));
      for (const Names& names : kNamesOfBlock)
        take(fmt::format("{}{}.{}", kBlocks, block, names.theirs), ours(names.ours));
    }
    for (const Names& names : kNamesOutside) take(std::string(names.theirs), std::string(names.ours));
    add("head.bias", {file_.interface.outputs},
        std::vector<float>(static_cast<std::size_t>(file_.interface.outputs)));
    if (!tensors_.empty())
      fail("{}: the tensor {} of shape {} belongs to nothing in a model of RWKV-4", origin_,
           in_quotes(tensors_[0].name), shape_text(tensors_[0].shape));
    note("the layer norm of its embedding, \"{}blocks.0.ln0\", is in the embedding's rows", prefix_);
    note("its blocks have no weights between them: ours, \"weight_ih\", are the identity");
    return std::move(given_);
  }

 private:
  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    file_.notes.push_back(fmt::format("{}: {}", origin_, fmt::format(format, std::forward<Args>(args)...)));
  }

  auto place_of(std::string_view theirs) {
    return std::ranges::find(tensors_, fmt::format("{}{}", prefix_, theirs), &Tensor::name);
  }
  /// The tensor of that name; one that is missing or of another rank is an error.
  const Tensor& need(std::string_view theirs, std::size_t rank, std::string_view expected) {
    const auto found = place_of(theirs);
    if (found == tensors_.end())
      fail("{}: the tensor {} is missing, expected the shape {}", origin_,
           in_quotes(fmt::format("{}{}", prefix_, theirs)), expected);
    if (found->shape.size() != rank || std::ranges::find(found->shape, 0) != found->shape.end())
      fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(found->name),
           shape_text(found->shape), expected);
    return *found;
  }

  void tell_model() {
    const Tensor &embedding = need("emb.weight", 2, "[V, d]"), &head = need("head.weight", 2, "[V, d]");
    width_ = embedding.shape[1];
    file_.interface.inputs = embedding.shape[0];
    file_.interface.outputs = head.shape[0];
    nn::ModelSpec& spec = file_.spec;
    spec.cell = "rwkv4_prenorm";
    spec.hidden = spec.embedding = width_;
    spec.last_norm = nn::Norm::layer;
    spec.layers = 1;
    const std::string blocks = prefix_ + std::string(kBlocks);
    for (const Tensor& tensor : tensors_) {
      if (!tensor.name.starts_with(blocks)) continue;
      int block = 0;
      std::from_chars(tensor.name.data() + blocks.size(), tensor.name.data() + tensor.name.size(), block);
      if (block >= nn::kMaxLayers)
        fail("{}: the tensor {} is of block {}, expected at most {} blocks", origin_, in_quotes(tensor.name),
             block, nn::kMaxLayers);
      spec.layers = std::max(spec.layers, block + 1);
    }
    try {
      nn::parameter_table(spec, file_.interface);
    } catch (const Error& e) {
      fail("{}: {}", origin_, e.what());
    }
  }

  /// The rows with their norm.
  void take_embedding() {
    const std::string expected = shape_text({width_});
    const auto numbers = [&](std::string_view theirs) {
      const Tensor& tensor = need(theirs, 1, expected);
      if (tensor.shape[0] != width_)
        fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(tensor.name),
             shape_text(tensor.shape), expected);
      return to_doubles(tensor);
    };
    const std::vector<double> gain = numbers("blocks.0.ln0.weight"), offset = numbers("blocks.0.ln0.bias");
    const auto embedding = place_of("emb.weight");
    std::vector<float> rows = to_floats(*embedding);
    const auto width = static_cast<std::size_t>(width_);
    for (std::size_t row = 0; row < rows.size(); row += width) {
      double mean = 0, square = 0;
      for (std::size_t k = 0; k < width; ++k) mean += rows[row + k] / static_cast<double>(width);
      for (std::size_t k = 0; k < width; ++k)
        square += (rows[row + k] - mean) * (rows[row + k] - mean) / static_cast<double>(width);
      const double share = 1 / std::sqrt(square + nn::kLayerNormEpsilon);
      for (std::size_t k = 0; k < width; ++k)
        rows[row + k] = static_cast<float>(gain[k] * (rows[row + k] - mean) * share + offset[k]);
    }
    given_["embedding.weight"] = embedding->name;
    add("embedding.weight", embedding->shape, rows);
    for (const char* used : {"emb.weight", "blocks.0.ln0.weight", "blocks.0.ln0.bias"})
      tensors_.erase(place_of(used));
  }

  void add(const std::string& ours, std::vector<std::int64_t> shape, const std::vector<float>& values) {
    file_.tensors.push_back(make_tensor(ours, std::move(shape), values));
  }
  /// Gives a tensor our name; one that is missing is found to be so where all are checked.
  void take(const std::string& theirs, const std::string& ours) {
    given_[ours] = prefix_ + theirs;
    const auto found = place_of(theirs);
    if (found == tensors_.end()) return;
    if (found->shape == std::vector<std::int64_t>{1, 1, width_}) found->shape = {width_};
    found->name = ours;
    file_.tensors.push_back(std::move(*found));
    tensors_.erase(found);
  }

  ModelFile& file_;
  std::string origin_, prefix_;
  std::vector<Tensor> tensors_;  // those that are left
  Index width_ = 0;
  std::map<std::string, std::string> given_;
};

}  // namespace

bool is_rwkv4(const ModelFile& file) {
  constexpr std::array<std::string_view, 3> endings{kFirst, "blocks.0.att.time_first",
                                                    "blocks.0.ffn.time_mix_k"};
  return std::ranges::all_of(endings, [&](std::string_view ending) {
    return std::ranges::any_of(file.tensors, [&](const Tensor& t) { return t.name.ends_with(ending); });
  });
}

std::map<std::string, std::string> adopt_rwkv4(ModelFile& file, std::string_view origin,
                                               const ImportOptions& options) {
  const ImportWays& ways = options.ways;
  if (!options.cell.empty() || !options.head.empty() || !options.embedding.empty())
    fail("'{}' names its tensors as RWKV-4 does, which says what they are: cell, {} and {} cannot be chosen",
         origin, ways.head_name, ways.embedding_name);
  return Rwkv4Names(file, origin).run();
}

}  // namespace gatescope::checkpoint

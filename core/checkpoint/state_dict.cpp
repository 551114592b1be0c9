#include "core/checkpoint/state_dict.h"

// How PyTorch names things: a recurrent module `P` has P.weight_ih_l0, P.weight_hh_l0, P.bias_ih_l0,
// P.bias_hh_l0, the same with l1, l2, ... for further layers and with _reverse for the second direction; a
// linear module has P.weight and P.bias; an embedding has P.weight. What P is called is the user's choice, so
// names are hints and shapes decide.

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::checkpoint {
namespace {

/// "model.lstm.weight_hh_l1_reverse" in parts.
struct RecurrentName {
  std::string prefix;  // "model.lstm."
  std::string kind;    // "weight_hh"
  int layer = 0;
  bool reverse = false;

  std::string suffix() const { return fmt::format("{}_l{}{}", kind, layer, reverse ? "_reverse" : ""); }
};

constexpr std::array<std::string_view, 6> kKinds{"weight_ih", "weight_hh", "bias_ih",
                                                 "bias_hh",   "weight_hr", "peephole"};

std::optional<RecurrentName> recurrent_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
  std::string_view rest = name.substr(begin);
  for (const std::string_view kind : kKinds) {
    if (!rest.starts_with(kind)) continue;
    rest.remove_prefix(kind.size());
    if (!rest.starts_with("_l")) return std::nullopt;
    rest.remove_prefix(2);
    RecurrentName parts{std::string(name.substr(0, begin)), std::string(kind)};
    const bool digit_first = !rest.empty() && std::isdigit(static_cast<unsigned char>(rest[0]));
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), parts.layer);
    if (!digit_first || code != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    parts.reverse = rest == "_reverse";
    if (!rest.empty() && !parts.reverse) return std::nullopt;
    if (parts.prefix + parts.suffix() != name) return std::nullopt;  // "l00" and the like
    return parts;
  }
  return std::nullopt;
}

/// The parts of a module's name from the last to the first, in lower case: "Model.Head.0" gives 0, head,
/// model.
std::vector<std::string> words_from_last(std::string_view module) {
  std::vector<std::string> words(1);
  for (const char c : module) {
    if (c == '.')
      words.emplace_back();
    else
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  std::ranges::reverse(words);
  return words;
}

enum class Use { unknown, embedding, head };

/// What a module's name makes it; its last telling part counts.
Use use_of(std::string_view module) {
  for (const std::string& word : words_from_last(module)) {
    const auto begins = [&](std::string_view with) { return word.starts_with(with); };
    if (begins("emb") || word.ends_with("_emb") || word.find("embed") != std::string::npos ||
        begins("encoder") || begins("lookup") || word == "wte") {
      return Use::embedding;
    }
    if (word.find("head") != std::string::npos || word.find("logits") != std::string::npos || begins("fc") ||
        begins("lin") || begins("lm_") || begins("out") || begins("decoder") || begins("proj") ||
        begins("classifier") || begins("dense") || begins("readout") || word == "h2o") {
      return Use::head;
    }
  }
  return Use::unknown;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (std::size_t k = 0; k < std::min<std::size_t>(names.size(), 8); ++k)
    quoted.push_back(in_quotes(names[k]));
  return fmt::format("{}{}", fmt::join(quoted, ", "), names.size() > 8 ? ", ..." : "");
}

class Adoption {
 public:
  Adoption(ModelFile& file, std::string_view origin, const ImportOptions& options)
      : file_(file), origin_(fmt::format("'{}'", origin)), options_(options) {}

  std::map<std::string, std::string> run() {
    find_recurrent();
    tell_cell();
    tell_layers();
    find_modules();
    rename();
    add_missing_biases();
    return std::move(given_);
  }

 private:
  const Tensor* find(const std::string& name) const {
    const auto found = std::ranges::find(file_.tensors, name, &Tensor::name);
    return found == file_.tensors.end() ? nullptr : &*found;
  }

  /// The tensor of that name as a matrix that is not empty.
  const Tensor& matrix(const std::string& name, std::string_view expected) const {
    const Tensor* tensor = find(name);
    if (!tensor)
      fail("{}: the tensor {} is missing, expected the shape {}", origin_, in_quotes(name), expected);
    if (tensor->shape.size() != 2 || tensor->shape[0] < 1 || tensor->shape[1] < 1) {
      fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(name), shape_text(tensor->shape),
           expected);
    }
    return *tensor;
  }

  void find_recurrent() {
    std::set<std::string> prefixes;
    for (const Tensor& tensor : file_.tensors) {
      const auto name = recurrent_name(tensor.name);
      if (!name) continue;
      if (name->kind == "weight_hr") {
        fail("{}: the tensor {} belongs to an LSTM with projections (proj_size), which is not supported",
             origin_, in_quotes(tensor.name));
      }
      prefixes.insert(name->prefix);
      recurrent_.push_back(*name);
    }
    if (recurrent_.empty()) {
      std::vector<std::string> names;
      for (const Tensor& tensor : file_.tensors) names.push_back(tensor.name);
      fail("{}: there is no recurrent layer in it, expected tensors such as \"rnn.weight_ih_l0\"; it has {}",
           origin_, names.empty() ? "none" : quoted_list(names));
    }
    if (prefixes.size() > 1) {
      fail("{}: it has {} recurrent modules, {}, expected one", origin_, prefixes.size(),
           quoted_list({prefixes.begin(), prefixes.end()}));
    }
    prefix_ = *prefixes.begin();
  }

  bool has_kind(std::string_view kind) const {
    return std::ranges::any_of(recurrent_, [&](const RecurrentName& name) { return name.kind == kind; });
  }

  std::string cell_hint() const {
    for (const std::string& word : words_from_last(prefix_)) {
      for (const char* cell : {"lstm", "gru"})
        if (word.find(cell) != std::string::npos) return cell;
    }
    return {};
  }

  void tell_cell() {
    const std::string input_name = prefix_ + "weight_ih_l0", recurrent = prefix_ + "weight_hh_l0";
    nn::ModelSpec& spec = file_.spec;
    if (!options_.cell.empty()) {
      const nn::CellInfo& cell = nn::find_cell(options_.cell);
      const auto blocks = static_cast<Index>(cell.rows.size());
      const Tensor& input = matrix(input_name, "[rows, inputs]");
      if (input.shape[0] % blocks != 0) {
        fail("{}: tensor {} has the shape {}, which cannot be a {}: its rows must be a multiple of {}",
             origin_, in_quotes(input_name), shape_text(input.shape), cell.key, blocks);
      }
      spec.cell = cell.key;
      spec.hidden = input.shape[0] / blocks;
    } else {
      const Tensor& weight = matrix(recurrent, "[rows, hidden]");
      const Index rows = weight.shape[0], hidden = weight.shape[1];
      const bool peephole = has_kind("peephole");
      const Index ratio = rows % hidden == 0 ? rows / hidden : 0;
      if (ratio == 4)
        spec.cell = peephole ? "lstm_peephole" : "lstm";
      else if (ratio == 3)
        spec.cell = peephole ? "lstm_coupled_peephole" : "gru";
      else if (ratio == 1 && !peephole)
        spec.cell = "rnn";
      else {
        fail(
            "{}: tensor {} has the shape {}, expected [4*H, H] (lstm), [3*H, H] (gru) or [H, H] (rnn); say "
            "with "
            "--cell CELL what it is",
            origin_, in_quotes(recurrent), shape_text(weight.shape));
      }
      const std::string hint = cell_hint();
      if (!hint.empty() && !spec.cell.starts_with(hint)) {
        fail("{}: tensor {} has the shape {}, expected {} from its name; say with --cell CELL what it is",
             origin_, in_quotes(recurrent), shape_text(weight.shape),
             shape_text({(hint == "lstm" ? 4 : 3) * hidden, hidden}));
      }
      spec.hidden = hidden;
    }
    if (spec.hidden > nn::kMaxHidden) {
      fail("{}: tensor {} makes the hidden size {}, expected at most {}", origin_, in_quotes(recurrent),
           spec.hidden, nn::kMaxHidden);
    }
  }

  void tell_layers() {
    for (const RecurrentName& name : recurrent_) {
      if (name.layer >= nn::kMaxLayers) {
        fail("{}: the tensor {} is of layer {}, expected at most {} layers", origin_,
             in_quotes(name.prefix + name.suffix()), name.layer, nn::kMaxLayers);
      }
      file_.spec.layers = std::max(file_.spec.layers, name.layer + 1);
      file_.spec.bidirectional = file_.spec.bidirectional || name.reverse;
    }
  }

  /// A module that an option names, as the file has it: "fc" is "model.fc" too where that is the only one.
  std::string named_module(const std::string& wanted, std::string_view option) const {
    std::vector<std::string> right;
    for (const std::string& module : modules_) {
      if (module == wanted) return module;
      if (module.ends_with("." + wanted)) right.push_back(module);
    }
    if (right.size() == 1) return right[0];
    fail("{}: {} {} names no module, expected one of {}", origin_, option, in_quotes(wanted),
         quoted_list(modules_));
  }

  /// Whether a module's vectors are as long as what the first layer reads.
  bool makes_input(const std::string& module) const {
    const Tensor* input = find(prefix_ + "weight_ih_l0");
    return input && input->shape.size() == 2 && find(module + ".weight")->shape[1] == input->shape[1];
  }

  void find_modules() {
    for (const Tensor& tensor : file_.tensors) {
      if (tensor.shape.size() == 2 && tensor.name.ends_with(".weight")) {
        modules_.push_back(tensor.name.substr(0, tensor.name.size() - 7));
      }
    }
    std::optional<std::string> head, embedding;
    if (!options_.head.empty()) head = named_module(options_.head, "--head");
    if (!options_.embedding.empty()) embedding = named_module(options_.embedding, "--embedding");
    std::vector<std::string> heads, embeddings, unknown;
    for (const std::string& module : modules_) {
      if (module == head || module == embedding) continue;
      const Use use = use_of(module);
      (use == Use::head ? heads : use == Use::embedding ? embeddings : unknown).push_back(module);
    }
    // What the names leave open, the only module that is left over must be.
    if (!head && heads.empty() && unknown.size() == 1) std::swap(heads, unknown);
    if (!embedding && embeddings.empty() && unknown.size() == 1 && makes_input(unknown[0])) {
      std::swap(embeddings, unknown);
    }

    if (!head) {
      if (heads.empty() && unknown.empty() && embeddings.empty()) {
        fail("{}: there is no read-out in it, expected tensors such as \"head.weight\" of shape [V, {}]",
             origin_, file_.spec.hidden * (file_.spec.bidirectional ? 2 : 1));
      }
      if (heads.size() != 1) {
        fail("{}: which module is the read-out cannot be told; say it with --head NAME, one of {}", origin_,
             quoted_list(heads.empty() ? modules_ : heads));
      }
      head = heads[0];
    }
    if (!embedding && embeddings.size() > 1) {
      fail("{}: which module is the embedding cannot be told; say it with --embedding NAME, one of {}",
           origin_, quoted_list(embeddings));
    }
    if (!embedding && embeddings.size() == 1) embedding = embeddings[0];
    if (head == embedding) fail("{}: {} cannot be the read-out and the embedding", origin_, in_quotes(*head));
    head_ = *head;
    embedding_ = embedding;

    nn::Interface& interface = file_.interface;
    const Tensor& input = matrix(prefix_ + "weight_ih_l0", "[rows, inputs]");
    interface.outputs = matrix(head_ + ".weight", "[V, hidden]").shape[0];
    interface.inputs = input.shape[1];
    if (embedding_) {
      const Tensor& weight = matrix(*embedding_ + ".weight", "[V, E]");
      interface.inputs = weight.shape[0];
      file_.spec.embedding = weight.shape[1];
    }
    if (interface.inputs != interface.outputs) {
      fail(
          "{}: tensor {} of shape {} makes {} characters, but tensor {} of shape {} makes {}: expected the "
          "same number",
          origin_, in_quotes(embedding_ ? *embedding_ + ".weight" : prefix_ + "weight_ih_l0"),
          shape_text(embedding_ ? find(*embedding_ + ".weight")->shape : input.shape), interface.inputs,
          in_quotes(head_ + ".weight"), shape_text(find(head_ + ".weight")->shape), interface.outputs);
    }
  }

  /// The file's name for one of ours.
  std::string given_name(const std::string& ours) const {
    if (ours.starts_with("rnn.")) return prefix_ + ours.substr(4);
    if (ours.starts_with("head.")) return head_ + ours.substr(4);
    return embedding_.value_or("embedding") + ours.substr(9);
  }

  void rename() {
    try {
      table_ = nn::parameter_table(file_.spec, file_.interface);
    } catch (const Error& e) {
      fail("{}: {}", origin_, e.what());
    }
    std::map<std::string, std::string> ours;
    for (const nn::Parameter& p : table_.all()) {
      given_[p.name] = given_name(p.name);
      ours[given_[p.name]] = p.name;
    }
    std::vector<Tensor> in_order;
    for (const nn::Parameter& p : table_.all()) {
      const auto found = std::ranges::find(file_.tensors, given_[p.name], &Tensor::name);
      if (found == file_.tensors.end()) continue;
      in_order.push_back(std::move(*found));
      file_.tensors.erase(found);
      in_order.back().name = p.name;
    }
    // A name of ours on a tensor that is none of ours would be taken for it.
    for (Tensor& tensor : file_.tensors) {
      if (given_.contains(tensor.name)) refuse(tensor);
      in_order.push_back(std::move(tensor));
    }
    file_.tensors = std::move(in_order);
  }

  [[noreturn]] void refuse(const Tensor& tensor) const {
    fail("{}: the tensor {} of shape {} belongs to nothing in the model", origin_, in_quotes(tensor.name),
         shape_text(tensor.shape));
  }

  void add_missing_biases() {
    const bool recurrent = !has_kind("bias_ih") && !has_kind("bias_hh");
    for (const nn::Parameter& p : table_.all()) {
      const bool absent = (recurrent && p.name.starts_with("rnn.bias_")) || p.name == "head.bias";
      if (!absent || find(p.name)) continue;
      file_.tensors.push_back(
          make_tensor(p.name, {p.rows}, std::vector<float>(static_cast<std::size_t>(p.rows))));
    }
  }

  ModelFile& file_;
  std::string origin_;
  const ImportOptions& options_;
  std::vector<RecurrentName> recurrent_;
  std::string prefix_, head_;
  std::optional<std::string> embedding_;
  std::vector<std::string> modules_;
  nn::ParameterTable table_;
  std::map<std::string, std::string> given_;
};

}  // namespace

std::map<std::string, std::string> adopt_state_dict(ModelFile& file, std::string_view origin,
                                                    const ImportOptions& options) {
  return Adoption(file, origin, options).run();
}

}  // namespace gatescope::checkpoint

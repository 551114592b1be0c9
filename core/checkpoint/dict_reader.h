#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/model_file.h"

namespace gatescope::checkpoint {

/// What readers of other programs' state dicts share: a tensor is taken by that program's name and given
/// ours, and every error names the file, the tensor and what was expected.
class DictReader {
 protected:
  DictReader(ModelFile& file, std::string_view origin) : file_(file), origin_(fmt::format("'{}'", origin)) {}

  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    file_.notes.push_back(fmt::format("{}: {}", origin_, fmt::format(format, std::forward<Args>(args)...)));
  }

  /// Null where there is none.
  const Tensor* find(const std::string& name) const;
  const Tensor& need(const std::string& name, std::string_view expected_shape) const;
  /// One with two dimensions, neither of them 0.
  const Tensor& matrix(const std::string& name, std::string_view expected_shape) const;
  [[noreturn]] void refuse_shape(const Tensor& tensor, std::string_view expected_shape) const;
  /// `model`: "the model", "a model of RWKV-4".
  [[noreturn]] void refuse(const Tensor& tensor, std::string_view model) const;
  /// How many layers there are, by the numbers behind `before`, "backbone.layers.".
  int count_layers(const std::string& before) const;
  /// Of the file's spec and interface.
  nn::ParameterTable table() const;
  /// Names that say what a model is leave no choice of another cell, or of modules.
  void check_told(const ImportOptions& options, std::string_view model, std::string_view cell) const;

  /// Takes a tensor that is there out of the file.
  Tensor take(const std::string& name);
  /// Makes a tensor ours, which the file calls `given`.
  void give(Tensor tensor, const std::string& ours, const std::string& given);
  void give_zeros(const std::string& ours, Index size);
  /// Ours are the file's from now on. Throws where anything else is left.
  std::map<std::string, std::string> finish(std::string_view model);

  ModelFile& file_;
  std::string origin_;                        // in quotes
  std::map<std::string, std::string> given_;  // the file's name for each of ours

 private:
  std::vector<Tensor> ours_;
};

}  // namespace gatescope::checkpoint

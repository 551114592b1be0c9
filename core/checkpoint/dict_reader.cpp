#include "core/checkpoint/dict_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::checkpoint {

const Tensor* DictReader::find(const std::string& name) const {
  const auto found = std::ranges::find(file_.tensors, name, &Tensor::name);
  return found == file_.tensors.end() ? nullptr : &*found;
}

const Tensor& DictReader::need(const std::string& name, std::string_view expected_shape) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  fail("{}: the tensor {} is missing, expected the shape {}", origin_, in_quotes(name), expected_shape);
}

const Tensor& DictReader::matrix(const std::string& name, std::string_view expected_shape) const {
  const Tensor& tensor = need(name, expected_shape);
  if (tensor.shape.size() != 2 || tensor.shape[0] < 1 || tensor.shape[1] < 1)
    refuse_shape(tensor, expected_shape);
  return tensor;
}

void DictReader::refuse_shape(const Tensor& tensor, std::string_view expected_shape) const {
  fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(tensor.name),
       shape_text(tensor.shape), expected_shape);
}

void DictReader::refuse(const Tensor& tensor, std::string_view model) const {
  fail("{}: the tensor {} of shape {} belongs to nothing in {}", origin_, in_quotes(tensor.name),
       shape_text(tensor.shape), model);
}

int DictReader::count_layers(const std::string& before) const {
  int layers = 1;
  for (const Tensor& tensor : file_.tensors) {
    if (!tensor.name.starts_with(before)) continue;
    int layer = 0;
    std::from_chars(tensor.name.data() + before.size(), tensor.name.data() + tensor.name.size(), layer);
    if (layer >= nn::kMaxLayers)
      fail("{}: the tensor {} is of layer {}, expected at most {} layers", origin_, in_quotes(tensor.name),
           layer, nn::kMaxLayers);
    layers = std::max(layers, layer + 1);
  }
  return layers;
}

nn::ParameterTable DictReader::table() const {
  try {
    return nn::parameter_table(file_.spec, file_.interface);
  } catch (const Error& e) {
    fail("{}: {}", origin_, e.what());
  }
}

void DictReader::check_told(const ImportOptions& options, std::string_view model,
                            std::string_view cell) const {
  if (!options.cell.empty() && options.cell != cell)
    fail("{} is {} by its names, so that the cell {} cannot be right, expected {}", origin_, model,
         options.cell, cell);
  if (!options.head.empty() || !options.embedding.empty())
    fail("{} is {}, whose names say what read-out and embedding are: neither is to be named", origin_, model);
}

Tensor DictReader::take(const std::string& name) {
  const auto found = std::ranges::find(file_.tensors, name, &Tensor::name);
  Tensor tensor = std::move(*found);
  file_.tensors.erase(found);
  return tensor;
}

void DictReader::give(Tensor tensor, const std::string& ours, const std::string& given) {
  given_[ours] = given;
  tensor.name = ours;
  ours_.push_back(std::move(tensor));
}

void DictReader::give_zeros(const std::string& ours, Index size) {
  ours_.push_back(make_tensor(ours, {size}, std::vector<float>(static_cast<std::size_t>(size))));
}

std::map<std::string, std::string> DictReader::finish(std::string_view model) {
  if (!file_.tensors.empty()) refuse(file_.tensors.front(), model);
  file_.tensors = std::move(ours_);
  return std::move(given_);
}

}  // namespace gatescope::checkpoint

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/train/metrics.h"

namespace gatescope::train {

/// A training of any length for people to look at, in bounded memory. Up to kMostRows rows a model are kept
/// as they are. Beyond that, of every stretch of updates those rows stay that show what happened: the first
/// and the last one, the least and the greatest loss, gradient norm and held-out loss, and the last held-out
/// measurement. Stretches double in length as the training goes on. What is kept depends on the rows alone.
class History {
 public:
  static constexpr std::size_t kMostRows = 8192;  // a model
  static constexpr std::size_t kMostModels = 64;  // a table; a run has four at most

  struct Model {
    std::string name;
    std::vector<MetricsRow> rows;  // by update
    std::uint64_t stretch = 1;     // updates that are thinned together
    std::size_t tail = 0;          // the first row of the last stretch
  };

  /// A model's updates must not fall. False: there are too many models.
  bool add(const MetricsRow& row);
  /// The last row of a model was measured on the held-out data, too.
  void measure(const std::string& model, double held_out, std::optional<double> exact_match = {});
  /// Drops what came after this update.
  void cut(std::uint64_t update);

  bool empty() const { return models_.empty(); }
  /// In the order of their first rows.
  const std::vector<Model>& models() const { return models_; }
  /// Null where there is no such model.
  const Model* find(const std::string& model) const;
  /// Of all models, by update.
  std::vector<MetricsRow> rows() const;

 private:
  std::vector<Model> models_;
};

/// A history from rows in any order.
History history_of(std::vector<MetricsRow> rows);
/// A table from a file of any size, or from its first `bytes`. Throws Error that names the line that cannot
/// be read.
History read_history(const std::filesystem::path& file, std::uint64_t bytes = kWhole);

}  // namespace gatescope::train

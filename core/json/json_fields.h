#pragma once

#include <array>
#include <concepts>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/json_reader.h"

/// A struct as a JSON object, by one list of its fields: what it is read, written and compared by.
///
///     constexpr auto kOptimizerFields = [](auto& self, auto& field) {
///       field("rule", self.rule, one_of(kRules));
///       field("rate", self.rate, range(0, 1000));
///       field.unless_usual("weight_decay", self.weight_decay, range(0, 1000));
///     };
///     spec = read_fields<OptimizerSpec>(kOptimizerFields, reader);
///     json = write_fields(kOptimizerFields, spec);
///
/// The fields are read in the list's order, which is also that of errors; what a field depends on stands
/// before it. Beside field(key, member, form) a list says:
///
///     field.unless_usual(...)             not written where it is as in the struct's default
///     field.aside(...)                    nothing that two structs are compared by
///     field.check(key, right, expected)   while reading: an error where what was read is not right
///     field.after(self, change)           while reading: changes what was read
namespace gatescope {

// --- Forms: how a value stands in JSON --------------------------------------------------------------------
//
// A form of T reads what a key has, `otherwise` where there is no such key, and writes it:
//
//     T read(JsonReader& reader, std::string_view key, const T& otherwise) const;
//     nlohmann::json write(const T& value) const;
//
// It serves a std::optional<T>, too, which is none where there is no such key.

/// As the type says: true or false, a string, strings, a number of any size.
struct PlainForm {
  template <class T>
  T read(JsonReader& reader, std::string_view key, const T& otherwise) const {
    return reader.get(key, otherwise);
  }
  nlohmann::json write(const auto& value) const { return value; }
};

template <class N>
struct RangeForm {
  N low, high;
  bool open_end = false;

  template <class T>
  T read(JsonReader& reader, std::string_view key, const T& otherwise) const {
    if constexpr (std::floating_point<T>)
      return static_cast<T>(reader.get(key, static_cast<double>(otherwise), static_cast<double>(low),
                                       static_cast<double>(high), open_end));
    else
      return reader.get(key, otherwise, static_cast<T>(low), static_cast<T>(high));
  }
  nlohmann::json write(const auto& value) const { return value; }
};

/// A number from `low` to `high`.
template <class Low, class High>
constexpr auto range(Low low, High high) {
  using N = std::common_type_t<Low, High>;
  return RangeForm<N>{static_cast<N>(low), static_cast<N>(high)};
}
/// A number from `low` to below `high`.
constexpr RangeForm<double> range_below(double low, double high) {
  return {low, high, true};
}

template <class E>
struct WordForm {
  Words<E> words;

  E read(JsonReader& reader, std::string_view key, E otherwise) const {
    return reader.get(key, otherwise, words);
  }
  nlohmann::json write(E value) const { return word_of(value, words); }
};

/// One of the words.
template <class E>
constexpr WordForm<E> one_of(Words<E> words) {
  return {words};
}
template <class E, std::size_t N>
constexpr WordForm<E> one_of(const std::array<std::pair<std::string_view, E>, N>& words) {
  return {words};
}

template <class Form>
struct NullForm {
  Form form;

  template <class T>
  std::optional<T> read(JsonReader& reader, std::string_view key, const std::optional<T>& otherwise) const {
    const nlohmann::json* found = reader.find(key);
    if (!found) return otherwise;
    if (found->is_null()) return std::nullopt;
    return form.read(reader, key, T{});
  }
  template <class T>
  nlohmann::json write(const std::optional<T>& value) const {
    return value ? form.write(*value) : nlohmann::json();
  }
};

/// Of an optional value: null says that there is none.
template <class Form>
constexpr NullForm<Form> or_null(Form form) {
  return {form};
}

template <class Read, class Write>
struct FormBy {
  Read read_found;
  Write write_value;

  template <class T>
  T read(JsonReader& reader, std::string_view key, const T& otherwise) const {
    return reader.find(key) ? T(read_found(reader, key)) : otherwise;
  }
  nlohmann::json write(const auto& value) const { return write_value(value); }
};

/// What two functions make of it: read(reader, key), of a key that is there, and write(value).
template <class Read, class Write>
constexpr FormBy<Read, Write> by(Read read, Write write) {
  return {read, write};
}

template <class List>
struct ObjectForm {
  List list;

  template <class T>
  T read(JsonReader& reader, std::string_view key, const T& otherwise) const;
  template <class T>
  nlohmann::json write(const T& value) const;
};

/// An object of its own, by the list of its fields. Where the key is missing, all its fields are.
template <class List>
constexpr ObjectForm<List> object(List list) {
  return {list};
}

template <class Form>
struct MapForm {
  Form form;

  template <class T>
  std::map<std::string, T> read(JsonReader& reader, std::string_view key,
                                const std::map<std::string, T>& otherwise) const {
    if (!reader.find(key)) return otherwise;
    JsonReader object = reader.object(key);
    std::map<std::string, T> map;
    for (const std::string& each : object.keys()) map[each] = form.read(object, each, T{});
    return map;
  }
  template <class T>
  nlohmann::json write(const std::map<std::string, T>& map) const {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, value] : map) object[key] = form.write(value);
    return object;
  }
};

/// An object whose keys are anything, each value in the form.
template <class Form>
constexpr MapForm<Form> map_of(Form form) {
  return {form};
}

template <class Read, class Write>
struct ArrayForm {
  Read read_one;
  Write write_one;
  std::size_t most;
  std::string_view expected;

  template <class T>
  std::vector<T> read(JsonReader& reader, std::string_view key, const std::vector<T>& otherwise) const {
    const nlohmann::json* list = reader.find(key);
    if (!list) return otherwise;
    if (!list->is_array() || list->empty() || list->size() > most) reader.reject(key, expected);
    std::vector<T> all;
    for (std::size_t k = 0; k < list->size(); ++k) {
      const std::string place = pointer_to(pointer_to(reader.pointer(), key), std::to_string(k));
      all.push_back(read_one((*list)[k], place, reader.origin()));
    }
    return all;
  }
  template <class T>
  nlohmann::json write(const std::vector<T>& all) const {
    nlohmann::json list = nlohmann::json::array();
    for (const T& one : all) list.push_back(write_one(one));
    return list;
  }
};

/// One to `most` of them in an array, each what two functions make of it: read(json, pointer, origin) and
/// write(value).
template <class Read, class Write>
constexpr ArrayForm<Read, Write> array_by(Read read, Write write, std::size_t most,
                                          std::string_view expected) {
  return {read, write, most, expected};
}

// --- Reading and writing ----------------------------------------------------------------------------------

/// Gives the members what the object says; a key that is missing leaves them as they are.
class FieldReader {
 public:
  explicit FieldReader(JsonReader& reader) : reader_(reader) {}

  template <class T, class Form = PlainForm>
  void operator()(std::string_view key, T& value, const Form& form = {}) {
    value = form.read(reader_, key, std::as_const(value));
  }
  template <class T, class Form = PlainForm>
  void operator()(std::string_view key, std::optional<T>& value, const Form& form = {}) {
    if (reader_.find(key)) value = form.read(reader_, key, T{});
  }
  template <class T, class Form>
  void operator()(std::string_view key, std::optional<T>& value, const NullForm<Form>& form) {
    value = form.read(reader_, key, value);
  }
  template <class T, class... Form>
  void unless_usual(std::string_view key, T& value, const Form&... form) {
    (*this)(key, value, form...);
  }
  template <class T, class... Form>
  void aside(std::string_view key, T& value, const Form&... form) {
    (*this)(key, value, form...);
  }
  void check(std::string_view key, bool right, std::string_view expected) {
    if (!right) reader_.reject(key, expected);
  }
  void after(auto& self, const auto& change) { change(self); }

 private:
  JsonReader& reader_;
};

/// Which fields are written.
enum class Fields { all, compared };

/// Puts the members into an object.
class FieldWriter {
 public:
  /// `usual`: the object of the struct's default, with all its fields; null: everything is written.
  explicit FieldWriter(nlohmann::json& to, const nlohmann::json* usual = nullptr, Fields which = Fields::all)
      : to_(to), usual_(usual), which_(which) {}

  template <class T, class Form = PlainForm>
  void operator()(std::string_view key, const T& value, const Form& form = {}) {
    to_[std::string(key)] = written(value, form);
  }
  template <class T, class Form = PlainForm>
  void unless_usual(std::string_view key, const T& value, const Form& form = {}) {
    nlohmann::json json = written(value, form);
    const std::string name(key);
    if (usual_ && usual_->contains(name) && usual_->at(name) == json) return;
    to_[name] = std::move(json);
  }
  template <class T, class... Form>
  void aside(std::string_view key, const T& value, const Form&... form) {
    if (which_ == Fields::all) (*this)(key, value, form...);
  }
  void check(std::string_view, bool, const auto&) {}
  void after(const auto&, const auto&) {}

 private:
  template <class T, class Form>
  static nlohmann::json written(const T& value, const Form& form) {
    return form.write(value);
  }
  template <class T, class Form>
  static nlohmann::json written(const std::optional<T>& value, const Form& form) {
    return value ? nlohmann::json(form.write(*value)) : nlohmann::json();
  }
  template <class T, class Form>
  static nlohmann::json written(const std::optional<T>& value, const NullForm<Form>& form) {
    return form.write(value);
  }

  nlohmann::json& to_;
  const nlohmann::json* usual_;
  const Fields which_;
};

/// The struct that an object says. Throws Error for a value that is not as its field has it, and for a key
/// that no field has.
template <class T>
T read_fields(const auto& list, JsonReader reader) {
  T value{};
  FieldReader field(reader);
  list(value, field);
  reader.finish();
  return value;
}

/// Puts the fields of a struct into an object.
template <class T>
void write_fields(const auto& list, const T& value, nlohmann::json& to, Fields which = Fields::all) {
  const T default_value{};
  nlohmann::json usual = nlohmann::json::object();
  FieldWriter everything(usual);
  list(default_value, everything);
  FieldWriter field(to, &usual, which);
  list(value, field);
}

/// The object that says the struct.
template <class T>
nlohmann::json write_fields(const auto& list, const T& value) {
  nlohmann::json json = nlohmann::json::object();
  write_fields(list, value, json);
  return json;
}

/// What a struct is compared by: alike for two of them means that they differ in nothing but fields aside.
template <class T>
nlohmann::json compared_fields(const auto& list, const T& value) {
  nlohmann::json json = nlohmann::json::object();
  write_fields(list, value, json, Fields::compared);
  return json;
}

template <class List>
template <class T>
T ObjectForm<List>::read(JsonReader& reader, std::string_view key, const T&) const {
  return read_fields<T>(list, reader.object(key));
}

template <class List>
template <class T>
nlohmann::json ObjectForm<List>::write(const T& value) const {
  return write_fields(list, value);
}

}  // namespace gatescope

#pragma once
// Owns what a C library allocates: std::unique_ptr<BIO, FreedBy<BIO_free_all>>.

namespace defenderd {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace defenderd

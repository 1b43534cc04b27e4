# What we use of scikit-learn, which comes without types.

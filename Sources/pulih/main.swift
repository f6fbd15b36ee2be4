print("pulih")

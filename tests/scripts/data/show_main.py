import sys
print(sys.argv, __name__, __file__ == sys.argv[0] or __file__.endswith("data/show_main.py"), sys.path[0].endswith("data"), __spec__ and __spec__.name, __doc__)

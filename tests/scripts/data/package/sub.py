value = "from sub"

"""What do datasets and their parts weigh, and what might they?"""
